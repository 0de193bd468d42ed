// Whether a page of metrics is as Prometheus and its naming conventions want it
// (https://prometheus.io/docs/practices/naming/): what `promtool check metrics` looks at, and a little more.
#pragma once

#include <string>
#include <vector>

namespace pcq::rpc {

// One line a fault; none: all is well.
std::vector<std::string> metric_faults(const std::string& page);

// What promtool says of it; "" if it says nothing, or is not installed.
std::string promtool_says(const std::string& page);

}  // namespace pcq::rpc
