# SPDX-License-Identifier: Apache-2.0
#
# A rule reads
#
#	$(O)/x: a b FORCE
#		$(call make-if-changed,name)
#
# with cmd_name the shell command and tag_name the word that is printed. The
# command runs when the target is missing, a prerequisite is newer, or the
# command itself differs from the one that made the target, which is kept in
# .x.cmd beside it.

cmd-file = $(@D)/.$(@F).cmd
dep-file = $(@D)/.$(@F).dep

# Prerequisites that count.
inputs = $(filter-out FORCE %.stamp,$^)

blank :=
blank +=
same-text = $(and $(findstring x$(1)x,x$(2)x),$(findstring x$(2)x,x$(1)x))
stale = $(or $(filter-out FORCE,$?),$(if $(wildcard $@),,missing),\
	$(if $(call same-text,$(strip $(cmd_$(1))),$(recorded)),,command))
# GNU make 4.3 sometimes keeps the newline at a file's end: hence strip.
recorded = $(strip $(file <$(cmd-file)))

# The new command line is put down beforehand and takes effect afterwards.
make-if-changed = $(if $(strip $(stale)),$(run-command),@:)
run-command = @mkdir -p $(@D)$(newline)\
	@$(if $(V),:,printf '  %-8s%s\n' '$(tag_$(1))' '$(@:$(O)/%=%)')$(newline)\
	$(if $(V),,@)$(cmd_$(1))$(newline)\
	$(if $(after_$(1)),@$(after_$(1))$(newline))\
	$(call note-command,$(1))
note-command = $(file >$(O)/.command.$(subst /,_,$@),$(cmd_$(1)))\
	@mv $(O)/.command.$(subst /,_,$@) $(cmd-file)

define newline


endef
