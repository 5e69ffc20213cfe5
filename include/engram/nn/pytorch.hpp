/// @file
/// Networks from PyTorch and back: state dicts of nn.RNN, nn.GRU and nn.LSTM with a linear readout.
#pragma once

#include "engram/nn/pytorch/load.hpp"
#include "engram/nn/pytorch/save.hpp"
