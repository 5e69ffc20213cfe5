// The searches of networks with the cell gru.
#include "search_through.hpp"

namespace memory_study {

using map = map_of_cell<eg::gru<float>>;
template eg::slow_points<double> search_with<map>(const settings&, const map&, const eg::matrix<double>&,
                                                  const eg::search_options<double>&);
template eg::slow_points<double> search_quickly<map>(const map&, const eg::matrix<double>&, size_t,
                                                     const eg::search_options<double>&);
template eg::track_result<double> follow_back<map>(const std::vector<map>&, const eg::slow_points<double>&,
                                                   const eg::search_options<double>&);

}  // namespace memory_study
