// Integers of 128 bits for intermediates: a product of two 64-bit amounts always fits.
#pragma once

namespace pcq {

__extension__ using Int128 = __int128;

}  // namespace pcq
