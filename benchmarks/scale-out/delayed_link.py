"""A link with a delay and a rate between two TUN devices: `delayed_link.py DEVICE DEVICE SECONDS BYTES_PER_SECOND`.

Takes the place of the kernel's netem, which may be missing. Each packet waits until the ones before it have been sent at the rate, and
then for the delay. Makes the devices, which may be moved to other network namespaces, and runs until it is ended.
"""
import collections
import ctypes
import fcntl
import os
import select
import struct
import sys
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000
PR_SET_TIMERSLACK = 29
LARGEST = 65536


def open_device(name):
    device = os.open('/dev/net/tun', os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack('16sH', name.encode(), IFF_TUN | IFF_NO_PI))
    return device


def send(device, packet):
    try:
        os.write(device, packet)
    except OSError:
        pass  # Lost: the other end is not up yet.


def main(first, second, delay, rate):
    # Timers of 50 microseconds more than asked for would be a part of the delay.
    ctypes.CDLL(None).prctl(PR_SET_TIMERSLACK, 1000, 0, 0, 0)
    devices = [open_device(first), open_device(second)]
    waiting = {device: collections.deque() for device in devices}
    free_at = dict.fromkeys(devices, 0.0)
    while True:
        now = time.monotonic()
        for device, packets in waiting.items():
            while packets and packets[0][0] <= now:
                send(device, packets.popleft()[1])
        due = [packets[0][0] for packets in waiting.values() if packets]
        pause = max(0.0, min(due) - time.monotonic()) if due else None
        for device in select.select(devices, [], [], pause)[0]:
            other = devices[1 - devices.index(device)]
            try:
                packet = os.read(device, LARGEST)
            except OSError:
                continue
            free_at[other] = max(free_at[other], time.monotonic()) + len(packet) / rate
            waiting[other].append((free_at[other] + delay, packet))


if __name__ == '__main__':
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4]))
