/// @file
/// The study's folder and the files in it.
#pragma once

#include "folder_lock.hpp"
#include "results.hpp"

#include <optional>
#include <string>
#include <vector>

namespace memory_study {

/// All settings, for --dry-run.
std::string as_json(const settings& s);

/// Makes and locks the folder, with a study in it that is marked partial. Returns what is wrong, or nothing.
std::string prepare_folder(const settings& s, const image_facts& images, folder_lock& lock);

/// Throws file_error if --resume would go on with a network of other settings, and so lose what is there.
void refuse_other_settings(const settings& s, const std::string& name);

/// A network that an earlier run with the same settings finished, if there is one. That run may have been
/// killed before it could clear up.
std::optional<network_result> read_network(const settings& s, const std::string& name);

/// Keeps what is known of a finished network.
void write_network(const settings& s, const network_result& network);

/// All that the study gives.
void write_study(const settings& s, const image_facts& images, const std::vector<network_result>& networks,
                 bool partial);

}  // namespace memory_study
