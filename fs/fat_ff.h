/* SPDX-License-Identifier: Apache-2.0 */
/* FatFs with our configuration. */
#ifndef FS_FAT_FF_H
#define FS_FAT_FF_H

/* seen from third_party/oofatfs/ff.h, which includes it */
#define FFCONF_H "../../fs/fat_conf.h"
#include <ff.h>

#endif
