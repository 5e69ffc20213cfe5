// The work on networks with the cell lstm.
#include "work_through.hpp"

namespace memory_study {

template std::string work_through<eg::lstm<float>, eg::no_front_end>(const settings&,
                                                                     const eg::delayed_classification&,
                                                                     const eg::no_front_end&,
                                                                     std::vector<job>&, progress&);

}  // namespace memory_study
