/// @file
/// All that finding slow points needs: maps, solvers, find_slow_points. It needs the core room alone.
#pragma once

// First, so that an error in a map, a family or a maker of seeds of a user's is reported after a short list
// of includes.
#include "engram/dynamics/map/differentiable_map.hpp"

#include "engram/dynamics/continuation/map_family.hpp"
#include "engram/dynamics/seed_makers.hpp"

#include "engram/core/random.hpp"
#include "engram/dynamics/continuation/bifurcation_diagram.hpp"
#include "engram/dynamics/continuation/fold_curve.hpp"
#include "engram/dynamics/continuation/slow_manifolds.hpp"
#include "engram/dynamics/continuation/track.hpp"
#include "engram/dynamics/continuation/write_gnuplot.hpp"
#include "engram/dynamics/find_all_slow_points.hpp"
#include "engram/dynamics/find_slow_points.hpp"
#include "engram/dynamics/grid.hpp"
#include "engram/dynamics/map/affine_map.hpp"
#include "engram/dynamics/map/averaged_map.hpp"
#include "engram/dynamics/map/blended_map.hpp"
#include "engram/dynamics/map/check_derivatives.hpp"
#include "engram/dynamics/map/expression_map.hpp"
#include "engram/dynamics/map/flow.hpp"
#include "engram/dynamics/map/iterate.hpp"
#include "engram/dynamics/map/make_map.hpp"
#include "engram/dynamics/map/masked_map.hpp"
#include "engram/dynamics/map/rate_network.hpp"
#include "engram/dynamics/point/certify.hpp"
#include "engram/dynamics/point/eigenvectors.hpp"
#include "engram/dynamics/solver/adam_descent.hpp"
#include "engram/dynamics/solver/compose.hpp"
#include "engram/dynamics/solver/gradient_descent.hpp"
#include "engram/dynamics/solver/levenberg_marquardt.hpp"
#include "engram/dynamics/solver/newton_krylov.hpp"
