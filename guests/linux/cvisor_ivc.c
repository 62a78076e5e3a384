// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Channels between the VMs of a cvisor host, for programs: /dev/cvisor-ivc.
 *
 * Binds to the doorbell's node ("cvisor,ivc"). Each open file can be one end of
 * one channel. The doorbell's interrupt takes the pending bits first and looks
 * at the events afterwards, so that none is lost, and wakes the file's readers.
 */
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <linux/version.h>
#include <linux/wait.h>

#include "cvisor_ivc.h"
#include "cvisor_ivc_ioctl.h"

#define IVC_GONE (CVISOR_IVC_EVENT_DEAD | CVISOR_IVC_EVENT_CLOSED)

/**
 * struct ivc_end - an open file
 * @joined:  the other fields say which channel; set once, with release order
 * @events:  since the last read
 * @gone:    DEAD or CLOSED was among them at any time
 */
struct ivc_end {
	struct ivc_device *ivc;
	struct mutex lock; /* of joining */
	bool joined;
	bool is_publisher;
	u64 publisher, key, base, size;
	unsigned int slot;
	wait_queue_head_t wait;
	atomic_t events;
	bool gone;
};

/**
 * struct ivc_device - the VM's doorbell
 * @calls: one hypercall that joins or leaves at a time: the slot that it took
 *         is the one that was free before
 * @lock:  guards @ends and the ENABLE register
 */
struct ivc_device {
	void __iomem *regs;
	struct miscdevice misc;
	struct mutex calls;
	spinlock_t lock;
	struct ivc_end *ends[CVISOR_IVC_SLOTS];
};

/*
 * The doorbell
 */

static void end_look(struct ivc_device *ivc, unsigned int slot)
{
	struct ivc_end *end = ivc->ends[slot];
	u32 events = readl(ivc->regs + CVISOR_IVC_REG_EVENTS(slot));

	writel(events, ivc->regs + CVISOR_IVC_REG_EVENTS(slot));
	if (!end)
		return;
	if (events & IVC_GONE)
		WRITE_ONCE(end->gone, true);
	atomic_or(events, &end->events);
	wake_up_interruptible(&end->wait);
}

static irqreturn_t ivc_irq(int irq, void *arg)
{
	struct ivc_device *ivc = arg;
	unsigned long bits;
	unsigned int slot;

	spin_lock(&ivc->lock);
	bits = readl(ivc->regs + CVISOR_IVC_REG_TAKE);
	for_each_set_bit(slot, &bits, CVISOR_IVC_SLOTS) end_look(ivc, slot);
	spin_unlock(&ivc->lock);
	return bits ? IRQ_HANDLED : IRQ_NONE;
}

static void slot_set(struct ivc_device *ivc, unsigned int slot,
		     struct ivc_end *end)
{
	unsigned long flags;
	u32 enable;

	spin_lock_irqsave(&ivc->lock, flags);
	ivc->ends[slot] = end;
	enable = readl(ivc->regs + CVISOR_IVC_REG_ENABLE);
	enable = end ? enable | BIT(slot) : enable & ~BIT(slot);
	writel(enable, ivc->regs + CVISOR_IVC_REG_ENABLE);
	spin_unlock_irqrestore(&ivc->lock, flags);
}

/*
 * Joining and leaving
 */

/* What the hypervisor writes to, by its guest-physical address. */
struct ivc_out {
	u64 base;
	u64 size;
};

static u64 join_call(const struct ivc_end *end, struct ivc_out *out)
{
	u64 base_at = virt_to_phys(&out->base);
	u64 size_at = virt_to_phys(&out->size);

	if (end->is_publisher)
		return cvisor_call(CVISOR_IVC_PUBLISH, end->key, base_at,
				   size_at, 0);
	return cvisor_call(CVISOR_IVC_SUBSCRIBE, end->publisher, end->key,
			   base_at, size_at);
}

static void leave_call(const struct ivc_end *end)
{
	if (end->is_publisher)
		cvisor_call(CVISOR_IVC_UNPUBLISH, end->key, 0, 0, 0);
	else
		cvisor_call(CVISOR_IVC_UNSUBSCRIBE, end->publisher, end->key, 0,
			    0);
}

static int end_join(struct ivc_end *end, u64 size)
{
	struct ivc_device *ivc = end->ivc;
	struct ivc_out *out = kzalloc(sizeof(*out), GFP_KERNEL);
	u32 before, after;
	int err = 0;

	if (!out)
		return -ENOMEM;
	out->size = size;
	mutex_lock(&ivc->calls);
	before = readl(ivc->regs + CVISOR_IVC_REG_CONNECTED);
	if (join_call(end, out)) {
		err = end->is_publisher ? -EPERM : -ENOENT;
		goto unlock;
	}
	after = readl(ivc->regs + CVISOR_IVC_REG_CONNECTED) & ~before;
	if (!after || !PAGE_ALIGNED(out->base) || !PAGE_ALIGNED(out->size)) {
		leave_call(end);
		err = -EINVAL; /* pages here are larger than 4 KiB */
		goto unlock;
	}
	end->base = out->base;
	end->size = out->size;
	end->slot = __ffs(after);
	slot_set(ivc, end->slot, end);
unlock:
	mutex_unlock(&ivc->calls);
	kfree(out);
	return err;
}

static long ivc_join(struct ivc_end *end, bool is_publisher, void __user *arg)
{
	struct cvisor_ivc_channel channel;
	int err;

	if (copy_from_user(&channel, arg, sizeof(channel)))
		return -EFAULT;
	mutex_lock(&end->lock);
	if (end->joined) {
		err = -EEXIST;
		goto unlock;
	}
	end->is_publisher = is_publisher;
	end->key = channel.key;
	end->publisher = is_publisher
				 ? readl(end->ivc->regs + CVISOR_IVC_REG_VM_ID)
				 : channel.publisher;
	err = end_join(end, channel.size_bytes);
	if (!err)
		smp_store_release(&end->joined, true);
unlock:
	mutex_unlock(&end->lock);
	if (err)
		return err;
	channel.publisher = end->publisher;
	channel.size_bytes = end->size;
	channel.slot = end->slot;
	channel.reserved = 0;
	return copy_to_user(arg, &channel, sizeof(channel)) ? -EFAULT : 0;
}

static bool is_joined(const struct ivc_end *end)
{
	return smp_load_acquire(&end->joined);
}

/*
 * The file
 */

static int ivc_open(struct inode *inode, struct file *file)
{
	struct ivc_device *ivc =
		container_of(file->private_data, struct ivc_device, misc);
	struct ivc_end *end = kzalloc(sizeof(*end), GFP_KERNEL);

	if (!end)
		return -ENOMEM;
	end->ivc = ivc;
	mutex_init(&end->lock);
	init_waitqueue_head(&end->wait);
	file->private_data = end;
	return nonseekable_open(inode, file);
}

/* No mapping is left: each holds the file. */
static int ivc_release(struct inode *inode, struct file *file)
{
	struct ivc_end *end = file->private_data;

	if (end->joined) {
		mutex_lock(&end->ivc->calls);
		slot_set(end->ivc, end->slot, NULL);
		leave_call(end);
		mutex_unlock(&end->ivc->calls);
	}
	kfree(end);
	return 0;
}

static long ivc_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct ivc_end *end = file->private_data;

	switch (cmd) {
	case CVISOR_IVC_IOC_PUBLISH:
		return ivc_join(end, true, (void __user *)arg);
	case CVISOR_IVC_IOC_SUBSCRIBE:
		return ivc_join(end, false, (void __user *)arg);
	case CVISOR_IVC_IOC_NOTIFY:
		if (!is_joined(end))
			return -ENOTCONN;
		/* the message before the doorbell: writel() orders them */
		smp_mb();
		writel(end->slot, end->ivc->regs + CVISOR_IVC_REG_RING);
		return 0;
	default:
		return -ENOTTY;
	}
}

static ssize_t ivc_read(struct file *file, char __user *buf, size_t count,
			loff_t *pos)
{
	struct ivc_end *end = file->private_data;
	unsigned int events;
	int err;

	if (!is_joined(end))
		return -ENOTCONN;
	if (count < sizeof(events))
		return -EINVAL;
	events = atomic_xchg(&end->events, 0);
	while (!events) {
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible(end->wait,
					       atomic_read(&end->events));
		if (err)
			return err;
		events = atomic_xchg(&end->events, 0);
	}
	return put_user(events, (unsigned int __user *)buf) ? -EFAULT
							    : sizeof(events);
}

static __poll_t ivc_poll(struct file *file, poll_table *table)
{
	struct ivc_end *end = file->private_data;
	__poll_t mask = 0;

	poll_wait(file, &end->wait, table);
	if (!is_joined(end))
		return EPOLLERR;
	if (atomic_read(&end->events))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (READ_ONCE(end->gone))
		mask |= EPOLLHUP;
	return mask;
}

static int ivc_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct ivc_end *end = file->private_data;
	unsigned long size = vma->vm_end - vma->vm_start;
	u64 offset = (u64)vma->vm_pgoff << PAGE_SHIFT;

	if (!is_joined(end))
		return -ENOTCONN;
	if (offset > end->size || size > end->size - offset)
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC)
		return -EPERM;
	/* a private copy would be of nobody else's */
	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	vm_flags_clear(vma, VM_MAYEXEC);
#else
	vma->vm_flags &= ~VM_MAYEXEC;
#endif
	/* normal, cacheable memory, though no RAM of this VM's */
	return remap_pfn_range(vma, vma->vm_start,
			       (end->base + offset) >> PAGE_SHIFT, size,
			       vma->vm_page_prot);
}

static const struct file_operations ivc_fops = {
	.owner = THIS_MODULE,
	.open = ivc_open,
	.release = ivc_release,
	.unlocked_ioctl = ivc_ioctl,
	.read = ivc_read,
	.poll = ivc_poll,
	.mmap = ivc_mmap,
};

/*
 * The device
 */

static int ivc_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct ivc_device *ivc = devm_kzalloc(dev, sizeof(*ivc), GFP_KERNEL);
	int irq, err;

	if (!ivc)
		return -ENOMEM;
	mutex_init(&ivc->calls);
	spin_lock_init(&ivc->lock);
	ivc->regs = devm_platform_ioremap_resource(pdev, 0);
	if (IS_ERR(ivc->regs))
		return PTR_ERR(ivc->regs);
	if (readl(ivc->regs + CVISOR_IVC_REG_ID) != CVISOR_IVC_ID ||
	    readl(ivc->regs + CVISOR_IVC_REG_VERSION) != 1)
		return dev_err_probe(dev, -ENODEV, "no doorbell of cvisor's\n");
	writel(0, ivc->regs + CVISOR_IVC_REG_ENABLE);
	irq = platform_get_irq(pdev, 0);
	if (irq < 0)
		return irq;
	err = devm_request_irq(dev, irq, ivc_irq, 0, "cvisor-ivc", ivc);
	if (err)
		return err;
	ivc->misc.minor = MISC_DYNAMIC_MINOR;
	ivc->misc.name = "cvisor-ivc";
	ivc->misc.fops = &ivc_fops;
	ivc->misc.parent = dev;
	err = misc_register(&ivc->misc);
	if (err)
		return err;
	platform_set_drvdata(pdev, ivc);
	dev_info(dev, "channels of VM %u\n",
		 readl(ivc->regs + CVISOR_IVC_REG_VM_ID));
	return 0;
}

static void ivc_undo(struct platform_device *pdev)
{
	struct ivc_device *ivc = platform_get_drvdata(pdev);

	misc_deregister(&ivc->misc);
	writel(0, ivc->regs + CVISOR_IVC_REG_ENABLE);
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
#define ivc_remove ivc_undo
#else
static int ivc_remove(struct platform_device *pdev)
{
	ivc_undo(pdev);
	return 0;
}
#endif

static const struct of_device_id ivc_of_match[] = {{.compatible = "cvisor,ivc"},
						   {}};
MODULE_DEVICE_TABLE(of, ivc_of_match);

static struct platform_driver ivc_driver = {
	.probe = ivc_probe,
	.remove = ivc_remove,
	.driver =
		{
			.name = "cvisor-ivc",
			.of_match_table = ivc_of_match,
			/* open files would outlive it */
			.suppress_bind_attrs = true,
		},
};
module_platform_driver(ivc_driver);

MODULE_DESCRIPTION("Channels between the VMs of a cvisor host");
MODULE_LICENSE("Dual MIT/GPL");
