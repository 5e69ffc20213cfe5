// Which cell and which front end the networks of a study have.
#include "work.hpp"

namespace memory_study {

std::string work_through(const settings& s, const eg::delayed_classification& task, std::vector<job>& jobs,
                         progress& shown) {
    const auto with = [&](const auto& front_end) {
        return s.cell == "elman"  ? work_through<eg::elman<float>>(s, task, front_end, jobs, shown)
               : s.cell == "lstm" ? work_through<eg::lstm<float>>(s, task, front_end, jobs, shown)
                                  : work_through<eg::gru<float>>(s, task, front_end, jobs, shown);
    };
    return s.has_front_end() ? with(front_end_of(s, task.images())) : with(eg::no_front_end{});
}

}  // namespace memory_study
