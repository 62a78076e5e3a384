/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIRT_MMIO_PRIVATE_H
#define VIRT_MMIO_PRIVATE_H

struct vcpu;
struct vcpu_exit;

/** vcpu_mmio() - finish an EXIT_MMIO_READ or EXIT_MMIO_WRITE */
void vcpu_mmio(struct vcpu *vcpu, const struct vcpu_exit *exit);

/** vcpu_unmapped() - answer an EXIT_UNMAPPED */
void vcpu_unmapped(struct vcpu *vcpu, const struct vcpu_exit *exit);

#endif
