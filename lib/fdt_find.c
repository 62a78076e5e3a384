/* SPDX-License-Identifier: Apache-2.0 */
/* Which node of a device tree: by phandle, compatible, path or property. */
#include <lib/fdt.h>

#include <errno.h>
#include <string.h>

#include <libfdt.h>

/*
 * Where the last one was found. Nearly all ask for the same controller, and a
 * look there costs little; another tree has something else there.
 */
static int phandle_guess = -1;

static bool has_phandle(const void *fdt, int node, uint32_t phandle)
{
	int len;
	const void *value = fdt_prop(fdt, node, "phandle", &len);

	return value && len == 4 && fdt_cell(value, 0) == phandle;
}

int fdt_phandle_node(const void *fdt, uint32_t phandle)
{
	struct fdt_walk walk;
	enum fdt_token token;
	int chain[FDT_DEPTH_MAX];
	int guess = __atomic_load_n(&phandle_guess, __ATOMIC_RELAXED);

	if (phandle == 0 || phandle == UINT32_MAX || !fdt_walk_init(&walk, fdt))
		return -EINVAL;
	if (has_phandle(fdt, guess, phandle))
		return guess;
	while ((token = fdt_walk_next(&walk)) != FDT_TOKEN_DONE) {
		if (token == FDT_TOKEN_NODE)
			chain[walk.depth - 1] = walk.node;
		/* the value first: it seldom fits, and is quick to compare */
		if (token == FDT_TOKEN_PROP && walk.len == 4 &&
		    fdt_cell(walk.value, 0) == phandle &&
		    (fdt_name_is(walk.name, "phandle") ||
		     fdt_name_is(walk.name, "linux,phandle"))) {
			__atomic_store_n(&phandle_guess, chain[walk.depth - 1],
					 __ATOMIC_RELAXED);
			return chain[walk.depth - 1];
		}
	}
	return -EINVAL;
}

bool fdt_node_enabled(const void *fdt, int node)
{
	int len;
	const char *status = fdt_prop(fdt, node, "status", &len);

	if (!status)
		return len == -FDT_ERR_NOTFOUND;
	return (len == 5 && !memcmp(status, "okay", 5)) ||
	       (len == 3 && !memcmp(status, "ok", 3));
}

bool fdt_node_compatible_any(const void *fdt, int node, const char *const *list)
{
	int len;
	const char *strings = fdt_prop(fdt, node, "compatible", &len);

	return strings && fdt_strings_have(strings, (uint32_t)len, list);
}

/* A path's component names a node with or without its unit address. */
static bool names_node(const char *component, size_t len, const char *name)
{
	return strlen(name) >= len && !memcmp(name, component, len) &&
	       (!name[len] ||
		(name[len] == '@' && !memchr(component, '@', len)));
}

int fdt_path_node(const void *fdt, const char *path, size_t len)
{
	const char *end = path + len;
	struct fdt_walk walk;
	int depth = 1; /* inside the node that was found last */
	int found;

	if (!len || *path != '/' || !fdt_walk_init(&walk, fdt) ||
	    fdt_walk_next_node(&walk) != FDT_TOKEN_NODE)
		return -EINVAL;
	found = walk.node;
	for (;;) {
		const char *slash;
		enum fdt_token token;
		size_t n;

		while (path < end && *path == '/')
			path++;
		if (path == end)
			return found;
		slash = memchr(path, '/', (size_t)(end - path));
		n = (size_t)((slash ? slash : end) - path);
		do {
			token = fdt_walk_next_node(&walk);
			if (token == FDT_TOKEN_DONE)
				return -EINVAL;
			if (walk.depth < depth)
				return -ENOENT;
		} while (token != FDT_TOKEN_NODE || walk.depth != depth + 1 ||
			 walk.name[0] != path[0] ||
			 !names_node(path, n, walk.name));
		found = walk.node;
		depth++;
		path += n;
	}
}

/* "alias:options" or a path; the options are a rate that firmware has set. */
int fdt_stdout_node(const void *fdt)
{
	static const char chosen[] = "/chosen", aliases[] = "/aliases";
	int node = fdt_path_node(fdt, chosen, sizeof(chosen) - 1);
	const char *path, *end;
	int len;

	if (node < 0)
		return node;
	path = fdt_prop(fdt, node, "stdout-path", &len);
	if (!path || len < 2 || path[len - 1])
		return -FDT_ERR_NOTFOUND;
	end = memchr(path, ':', (size_t)len);
	len = end ? (int)(end - path) : len - 1;
	if (path[0] != '/') {
		node = fdt_path_node(fdt, aliases, sizeof(aliases) - 1);
		if (node < 0)
			return node;
		path = fdt_getprop_namelen(fdt, node, path, len, &len);
		if (!path || len < 2 || path[0] != '/' || path[len - 1])
			return -FDT_ERR_NOTFOUND;
		len--;
	}
	/* the root is no UART */
	return len > 1 ? fdt_path_node(fdt, path, (size_t)len)
		       : -FDT_ERR_NOTFOUND;
}

/* What is known of the node whose properties are being read. */
struct device_scan {
	int node;
	const char *compatible;
	int len;
	bool enabled;
};

static void scan_prop(struct device_scan *scan, const struct fdt_walk *walk)
{
	if (fdt_name_is(walk->name, "compatible")) {
		scan->compatible = (const char *)walk->value;
		scan->len = (int)walk->len;
	} else if (fdt_name_is(walk->name, "status")) {
		scan->enabled =
			(walk->len == 5 && !memcmp(walk->value, "okay", 5)) ||
			(walk->len == 3 && !memcmp(walk->value, "ok", 3));
	}
}

int fdt_for_each_device(const void *fdt,
			int (*fn)(void *ctx, const void *fdt, int node,
				  const char *compatible, int len),
			void *ctx)
{
	struct device_scan scan = {.node = -1};
	int off_depth = 0; /* of the disabled node that we are inside */
	struct fdt_walk walk;
	enum fdt_token token;
	int depth = 0;
	int ret = 0;

	if (!fdt_walk_init(&walk, fdt))
		return 0;
	do {
		token = fdt_walk_next(&walk);
		if (token == FDT_TOKEN_PROP) {
			scan_prop(&scan, &walk);
			continue;
		}
		/* properties come before children: the node is known now */
		if (scan.node >= 0 && !scan.enabled && !off_depth)
			off_depth = depth;
		if (scan.node >= 0 && !off_depth && scan.compatible)
			ret = fn(ctx, fdt, scan.node, scan.compatible,
				 scan.len);
		scan = (struct device_scan){.node = -1, .enabled = true};
		depth = walk.depth;
		if (depth < off_depth)
			off_depth = 0;
		if (token == FDT_TOKEN_NODE)
			scan.node = walk.node;
	} while (token != FDT_TOKEN_DONE && ret == 0);
	return ret;
}

/* The answer leaves through @found: 0 is a node too. */
struct compatible_search {
	const char *const *list;
	int found;
};

static int search_compatible(void *ctx, const void *fdt, int node,
			     const char *compatible, int len)
{
	struct compatible_search *search = ctx;

	(void)fdt;
	if (!fdt_strings_have(compatible, (uint32_t)len, search->list))
		return 0;
	search->found = node;
	return 1;
}

int fdt_find_compatible(const void *fdt, const char *const *list)
{
	struct compatible_search search = {list, -FDT_ERR_NOTFOUND};

	(void)fdt_for_each_device(fdt, search_compatible, &search);
	return search.found;
}

/*
 * First node of which a property satisfies @fits. Properties stand before
 * children, so the node that was entered last is the one they belong to.
 */
static int first_node(const void *fdt,
		      bool (*fits)(const struct fdt_walk *walk,
				   const char *const *list),
		      const char *const *list)
{
	struct fdt_walk walk;
	enum fdt_token token;

	if (!fdt_walk_init(&walk, fdt))
		return -FDT_ERR_BADSTRUCTURE;
	while ((token = fdt_walk_next(&walk)) != FDT_TOKEN_DONE)
		if (token == FDT_TOKEN_PROP && fits(&walk, list))
			return walk.node;
	return -FDT_ERR_NOTFOUND;
}

static bool is_compatible(const struct fdt_walk *walk, const char *const *list)
{
	return fdt_name_is(walk->name, "compatible") &&
	       fdt_walk_has(walk, list);
}

int fdt_first_compatible(const void *fdt, const char *const *list)
{
	return first_node(fdt, is_compatible, list);
}

static bool is_named(const struct fdt_walk *walk, const char *const *list)
{
	for (; *list; list++)
		if (fdt_name_is(walk->name, *list))
			return true;
	return false;
}

int fdt_first_with(const void *fdt, const char *const *props)
{
	return first_node(fdt, is_named, props);
}

uint32_t fdt_phandle_unused(const void *fdt)
{
	static const char *const names[] = {"phandle", "linux,phandle", NULL};
	struct fdt_walk walk;
	enum fdt_token token;
	uint32_t max = 0;

	if (!fdt_walk_init(&walk, fdt))
		return 0;
	while ((token = fdt_walk_next(&walk)) != FDT_TOKEN_DONE) {
		uint32_t value;

		if (token != FDT_TOKEN_PROP || walk.len != 4)
			continue;
		/* the value first: it seldom fits, and is quick to compare */
		value = fdt_cell(walk.value, 0);
		if (value > max && value != UINT32_MAX &&
		    is_named(&walk, names))
			max = value;
	}
	return max < UINT32_MAX - 1 ? max + 1 : 0;
}
