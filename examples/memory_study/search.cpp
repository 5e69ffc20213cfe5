// The study's searches of slow points, by the solver that it was told.
#include "search.hpp"

#include <engram/dynamics/solver/adam_descent.hpp>

namespace memory_study {

eg::slow_points<double> search_with(const settings& s, const map_of_network& map,
                                    const eg::matrix<double>& seeds,
                                    const eg::search_options<double>& options) {
    if (s.solver == "adam")
        return eg::find_slow_points(map, seeds, eg::adam_descent{.iterations = s.iterations}, options);
    return search_quickly(map, seeds, s.iterations, options);
}

}  // namespace memory_study
