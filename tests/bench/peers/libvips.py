"""libvips making the two copies of each photo, called in process as a server would.

    libvips.py --how thumbnail|shrink --threads N PHOTO…    prints the seconds it took, and the MB it grew with the first photo
    libvips.py --how reference PHOTO OUTPUT                 the display copy's pixels as PPM: decoded in full, Lanczos3

`thumbnail` is libvips' own call, `shrink` what is fastest for a 12-megapixel photo: halved while it is decoded.
"""

import argparse
import ctypes
import ctypes.util
import hashlib
import json
import os
import threading
import time

os.environ["VIPS_CONCURRENCY"] = "1"
vips = ctypes.CDLL(ctypes.util.find_library("vips") or "libvips.so.42")
glib = ctypes.CDLL("libglib-2.0.so.0")
gobject = ctypes.CDLL("libgobject-2.0.so.0")
pointer, number, size, real = ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t, ctypes.c_double
assert vips.vips_init(b"bench") == 0
vips.vips_cache_set_max(0)
vips.vips_image_copy_memory.restype = pointer
vips.vips_error_buffer.restype = ctypes.c_char_p
DOWN, LANCZOS3, SEQUENTIAL, EDGE = 2, 5, 1, 1600


def check(code):
    if code != 0:
        raise RuntimeError(vips.vips_error_buffer().decode())


def made(call, *arguments):
    """The picture an operation makes; its variable arguments end with a null."""
    out = pointer()
    head, tail = arguments
    check(call(*head, ctypes.byref(out), *tail, None))
    return out


def free(*pictures):
    for picture in pictures:
        gobject.g_object_unref(picture)


def resized(photo, edge, shrink):
    """Decoded from top to bottom, no side over `edge`, turned upright when it is small."""
    options = [b"access", number(SEQUENTIAL)] + ([b"shrink", number(2)] if shrink else [])
    loaded = made(vips.vips_jpegload_buffer, (photo, size(len(photo))), options)
    scale = edge / max(vips.vips_image_get_width(loaded), vips.vips_image_get_height(loaded))
    small = made(vips.vips_resize, (loaded,), [real(min(scale, 1.0)), b"kernel", number(LANCZOS3)])
    pixels = pointer(vips.vips_image_copy_memory(small))
    upright = made(vips.vips_autorot, (pixels,), [])
    return upright, (pixels, small, loaded)


def saved(picture, quality):
    data, length = pointer(), size()
    options = [b"Q", number(quality), b"strip", number(1)]
    check(vips.vips_jpegsave_buffer(picture, ctypes.byref(data), ctypes.byref(length), *options, None))
    glib.g_free(data)


def copies(photo, shrink):
    hashlib.sha256(photo).hexdigest()
    if shrink:
        small, rest = resized(photo, EDGE, True)
    else:
        options = [number(1600), b"height", number(1600), b"size", number(DOWN)]
        small = made(vips.vips_thumbnail_buffer, (photo, size(len(photo))), options)
        rest = ()
    pixels = pointer(vips.vips_image_copy_memory(small))
    saved(pixels, 80)
    options = [number(320), b"height", number(320), b"size", number(DOWN)]
    thumb = made(vips.vips_thumbnail_image, (pixels,), options)
    saved(thumb, 75)
    free(thumb, pixels, small, *rest)


def peak():
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def measure(photos, threads, shrink):
    with open("/proc/self/clear_refs", "w") as refs:
        refs.write("5")
    before = peak()
    copies(photos[0], shrink)
    grown = peak() - before
    queue = iter(photos)
    lock = threading.Lock()

    def work():
        while True:
            with lock:
                photo = next(queue, None)
            if photo is None:
                return
            copies(photo, shrink)

    begun, used = time.perf_counter(), time.process_time()
    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    seconds = time.perf_counter() - begun
    print(json.dumps({"seconds": seconds, "cpu": time.process_time() - used, "grown": grown}))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--how", choices=["thumbnail", "shrink", "reference"], required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("files", nargs="+")
    args = parser.parse_args()
    if args.how == "reference":
        source, output = args.files
        with open(source, "rb") as file:
            photo = file.read()
        small, rest = resized(photo, EDGE, False)
        check(vips.vips_ppmsave(small, output.encode(), None))
        free(small, *rest)
        print(json.dumps({"seconds": 0, "cpu": 0, "grown": 0}))
        return
    photos = []
    for name in args.files:
        with open(name, "rb") as file:
            photos.append(file.read())
    measure(photos, args.threads, args.how == "shrink")


main()
