/* SPDX-License-Identifier: Apache-2.0 */
/* Properties whose values name other nodes. */
#include <virt/fdt_refs.h>

#include <string.h>

#include <lib/util.h>

enum { MATCH_IS, MATCH_BEGINS, MATCH_ENDS };

static const struct fdt_ref_rule rules[] = {
	{"clocks", MATCH_IS, false, true, "#clock-cells"},
	{"assigned-clocks", MATCH_IS, false, true, "#clock-cells"},
	{"assigned-clock-parents", MATCH_IS, false, true, "#clock-cells"},
	{"power-domains", MATCH_IS, false, true, "#power-domain-cells"},
	{"phys", MATCH_IS, false, true, "#phy-cells"},
	{"phy-handle", MATCH_IS, true, true, NULL},
	{"resets", MATCH_IS, false, true, "#reset-cells"},
	{"dmas", MATCH_IS, false, true, "#dma-cells"},
	{"thermal-sensors", MATCH_IS, false, true, "#thermal-sensor-cells"},
	{"mboxes", MATCH_IS, false, true, "#mbox-cells"},
	{"interrupt-parent", MATCH_IS, true, false, NULL},
	{"interrupts-extended", MATCH_IS, false, false, "#interrupt-cells"},
	{"msi-parent", MATCH_IS, false, false, "#msi-cells"},
	{"memory-region", MATCH_IS, false, true, NULL},
	{"syscon", MATCH_ENDS, true, false, NULL},
	{"regmap", MATCH_IS, true, false, NULL},
	{",grf", MATCH_ENDS, true, false, NULL},
	{"-grf", MATCH_ENDS, true, false, NULL},
	{"iommus", MATCH_IS, false, false, "#iommu-cells"},
	{"interconnects", MATCH_IS, false, true, "#interconnect-cells"},
	{"nvmem-cells", MATCH_IS, false, true, "#nvmem-cell-cells"},
	{"sound-dai", MATCH_IS, false, true, "#sound-dai-cells"},
	{"operating-points-v2", MATCH_IS, false, true, NULL},
	{"remote-endpoint", MATCH_IS, true, false, NULL},
	{"pinctrl-", MATCH_BEGINS, false, true, NULL},
	{"-supply", MATCH_ENDS, true, true, NULL},
	{"-gpios", MATCH_ENDS, false, false, "#gpio-cells"},
	{"-gpio", MATCH_ENDS, false, false, "#gpio-cells"},
	{"gpios", MATCH_IS, false, false, "#gpio-cells"},
	{"gpio", MATCH_IS, false, false, "#gpio-cells"},
};

static bool rule_matches(const struct fdt_ref_rule *rule, const char *prop,
			 size_t prop_len)
{
	size_t len;

	if (rule->match != MATCH_ENDS && rule->name[0] != prop[0])
		return false;
	len = strlen(rule->name);
	if (prop_len < len)
		return false;
	if (rule->match == MATCH_ENDS)
		prop += prop_len - len;
	return !memcmp(prop, rule->name, len) &&
	       (rule->match != MATCH_IS || prop_len == len);
}

const struct fdt_ref_rule *fdt_ref_rule(const char *prop)
{
	size_t len = strlen(prop);

	/* names, not references: the one prefix that is ambiguous */
	if (!strcmp(prop, "pinctrl-names"))
		return NULL;
	for (unsigned int i = 0; i < ARRAY_SIZE(rules); i++) {
		if (rule_matches(&rules[i], prop, len))
			return &rules[i];
	}
	return NULL;
}
