// What a test may leave behind: nothing, however it ends.
//
// Nodes outlive the pcq that starts them, and a test that is killed cannot stop them. So a process beside the
// test waits until the test is gone; then it kills every process whose command line names one of the test's
// folders, and removes the folders. The test itself becomes the parent of what its children leave running.
#pragma once

#include <filesystem>

namespace pcq::e2e {

// A new folder, empty, that goes when the test goes.
std::filesystem::path make_guarded_folder();

// Kills every process that names something in the folder on its command line; gives their number.
int kill_all_of(const std::filesystem::path& folder);

}  // namespace pcq::e2e
