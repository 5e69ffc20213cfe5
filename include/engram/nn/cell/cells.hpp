/// @file
/// All the cells that ship.
#pragma once

#include "engram/nn/cell/elman.hpp"
#include "engram/nn/cell/gru.hpp"
#include "engram/nn/cell/lstm.hpp"
