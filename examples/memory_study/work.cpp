// Which networks this program can work on, and the work on those that are asked for.
#include "work.hpp"

#include <engram/core/error.hpp>

#include <map>

namespace memory_study {

namespace {

std::map<kind_of_network, worker>& workers() {
    static std::map<kind_of_network, worker> known;
    return known;
}

}  // namespace

bool add_network(const kind_of_network& kind, worker work) { return workers().emplace(kind, work).second; }

std::string work_through(const settings& s, const eg::delayed_classification& task, std::vector<job>& jobs,
                         progress& shown) {
    const auto found = workers().find({s.cell, s.has_front_end()});
    if (found == workers().end())
        throw eg::value_error(text_of("this program was built without networks with the cell ", s.cell,
                                      s.has_front_end() ? " for colour images" : "",
                                      "; see ENGRAM_STUDY_NETWORKS in CMake's cache"));
    return found->second(s, task, jobs, shown);
}

}  // namespace memory_study
