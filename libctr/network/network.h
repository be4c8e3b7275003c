/* SPDX-License-Identifier: Apache-2.0 */
/* The built in network backends' doors: "none" gives loopback only (the OCI runtime brings lo up), "host" shares the caller's; neither has a self (NULL). (owner: backend) */
#ifndef CTR_NETWORK_NETWORK_H
#define CTR_NETWORK_NETWORK_H

#include <libctr/backend/network.h>

const struct ctr_network_ops *network_none_ops(void);
const struct ctr_network_ops *network_host_ops(void);

#endif
