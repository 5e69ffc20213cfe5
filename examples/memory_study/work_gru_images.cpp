// The work on networks with the cell gru, behind the front end of colour images.
#include "work_through.hpp"

namespace memory_study {

template std::string work_through<eg::gru<float>, eg::cifar10_front_end>(const settings&,
                                                                         const eg::delayed_classification&,
                                                                         const eg::cifar10_front_end&,
                                                                         std::vector<job>&, progress&);

}  // namespace memory_study
