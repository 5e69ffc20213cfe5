/// @file
/// All that finding slow points needs: maps, solvers, find_slow_points. It needs the core room alone.
#pragma once

#include "engram/dynamics/adam_descent.hpp"
#include "engram/dynamics/affine_map.hpp"
#include "engram/dynamics/blended_map.hpp"
#include "engram/dynamics/certify.hpp"
#include "engram/dynamics/check_derivatives.hpp"
#include "engram/dynamics/eigenvectors.hpp"
#include "engram/dynamics/find_slow_points.hpp"
#include "engram/dynamics/flow.hpp"
#include "engram/dynamics/gradient_descent.hpp"
#include "engram/dynamics/grid.hpp"
#include "engram/dynamics/iterate.hpp"
#include "engram/dynamics/levenberg_marquardt.hpp"
#include "engram/dynamics/make_map.hpp"
#include "engram/dynamics/masked_map.hpp"
#include "engram/dynamics/newton_krylov.hpp"
#include "engram/dynamics/track.hpp"
