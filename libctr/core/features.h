/* SPDX-License-Identifier: Apache-2.0 */
/* What ctr_has_feature and info name. */
#ifndef CTR_CORE_FEATURES_H
#define CTR_CORE_FEATURES_H

/* NULL-ended */
const char *const *core_features(void);

#endif
