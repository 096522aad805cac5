#!/usr/bin/env python3
"""Writes packets.txt: SSH packets made without any code of SshMux.

AES and HMAC are those of Python's cryptography package; ChaCha20 and Poly1305 are written out below, so that not even
libcrypto is shared. Keys and messages come from SHAKE-256 of their names, so that the file is always the same.
"""
import hashlib
import struct
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def derive(name, length):
    return hashlib.shake_256(name.encode()).digest(length)


def chacha20(key, counter, nonce, data):
    """The original: a counter and a nonce of 64 bits."""
    def quarter(x, a, b, c, d):
        for p, q, r, n in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            x[p] = (x[p] + x[q]) & 0xffffffff
            x[r] ^= x[p]
            x[r] = ((x[r] << n) | (x[r] >> (32 - n))) & 0xffffffff

    out = bytearray()
    for block in range((len(data) + 63) // 64):
        start = list(struct.unpack('<16I', b'expand 32-byte k' + key + struct.pack('<Q', counter + block) + nonce))
        x = start[:]
        for _ in range(10):
            for column in range(4):
                quarter(x, column, column + 4, column + 8, column + 12)
            for i in range(4):
                quarter(x, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
        stream = struct.pack('<16I', *((a + b) & 0xffffffff for a, b in zip(x, start)))
        out += bytes(a ^ b for a, b in zip(data[64 * block:64 * block + 64], stream))
    return bytes(out)


def poly1305(key, data):
    r = int.from_bytes(key[:16], 'little') & 0x0ffffffc0ffffffc0ffffffc0fffffff
    total = 0
    for i in range(0, len(data), 16):
        total = (total + int.from_bytes(data[i:i + 16] + b'\1', 'little')) * r % ((1 << 130) - 5)
    return ((total + int.from_bytes(key[16:], 'little')) % (1 << 128)).to_bytes(16, 'little')


class ChaChaPoly:
    key, iv, block, pads_length = 64, 0, 8, False

    def __init__(self, key, iv):
        self.content, self.length = key[:32], key[32:]

    def seal(self, number, packet):
        nonce = struct.pack('>Q', number)
        out = chacha20(self.length, 0, nonce, packet[:4]) + chacha20(self.content, 1, nonce, packet[4:])
        return out + poly1305(chacha20(self.content, 0, nonce, bytes(32)), out)


class Gcm:
    iv, block, pads_length = 12, 16, False

    def __init__(self, key, iv):
        self.aes, self.fixed, self.count = AESGCM(key), iv[:4], int.from_bytes(iv[4:], 'big')

    def seal(self, number, packet):
        nonce = self.fixed + struct.pack('>Q', self.count)
        self.count = (self.count + 1) % (1 << 64)
        return packet[:4] + self.aes.encrypt(nonce, packet[4:], packet[:4])


class Ctr:
    iv, block = 16, 16

    def __init__(self, key, iv, mac, mac_key):
        self.stream = Cipher(algorithms.AES(key), modes.CTR(iv)).encryptor()
        self.hash = hashes.SHA512 if '512' in mac else hashes.SHA256
        self.mac_key, self.etm = mac_key, 'etm' in mac
        self.pads_length = not self.etm

    def tag(self, number, data):
        mac = hmac.HMAC(self.mac_key, self.hash())
        mac.update(struct.pack('>I', number) + data)
        return mac.finalize()

    def seal(self, number, packet):
        if self.etm:
            out = packet[:4] + self.stream.update(packet[4:])
            return out + self.tag(number, out)
        return self.stream.update(packet) + self.tag(number, packet)


def suites():
    yield 'chacha20-poly1305@openssh.com', '-', 64
    yield 'aes128-gcm@openssh.com', '-', 16
    yield 'aes256-gcm@openssh.com', '-', 32
    for bits in (128, 192, 256):
        for mac in ('hmac-sha2-256', 'hmac-sha2-512', 'hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com'):
            yield f'aes{bits}-ctr', mac, bits // 8


print('# Made by make-packets.py. "suite CIPHER MAC KEY IV MACKEY", then "NUMBER PACKET SEALED" in the order of sending.')
for name, mac, key_length in suites():
    key = derive(f'key {name} {mac}', key_length)
    kind = ChaChaPoly if 'chacha' in name else Gcm if 'gcm' in name else Ctr
    iv = derive(f'iv {name} {mac}', kind.iv)
    if kind is not ChaChaPoly:
        iv = iv[:-2] + b'\xff\xff'  # so that the counter carries over soon
    mac_key = derive(f'mac {name} {mac}', 0 if mac == '-' else 64 if '512' in mac else 32)
    suite = kind(key, iv) if mac == '-' else kind(key, iv, mac, mac_key)
    print('suite', name, mac, key.hex(), iv.hex() or '-', mac_key.hex() or '-')
    for number, length in ((0xfffffffe, 1), (0xffffffff, 61), (0, 20)):
        message = derive(f'message {length}', length)
        padding = suite.block - ((4 if suite.pads_length else 0) + 1 + length) % suite.block
        padding += suite.block if padding < 4 else 0
        packet = struct.pack('>IB', 1 + length + padding, padding) + message + derive(f'padding {length}', padding)
        print(number, packet.hex(), suite.seal(number, packet).hex())
