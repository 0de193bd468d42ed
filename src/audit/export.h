// Verified chains into tables: every block is executed here (verify.h), and what that gives is what the rows
// say. A sink that has blocks already gets those that it lacks, each once: what lies in the working folder
// before is executed again for its rows, without asking anybody.
#pragma once

#include "src/audit/sink.h"
#include "src/audit/verify.h"

namespace pcq::audit {

struct ExportReport {
    VerifyReport verified;
    std::uint64_t before = 0;  // blocks that the sink had, block 0 with them
    std::uint64_t blocks = 0;  // that came
};

// As verify_chain, and the sink's errors. bad_header: what the sink has is another history than the folder's
// or the source's. answer_stale: the sink has more than both, so that nothing can be held against its end.
Result<ExportReport> export_rows(const ReplaySource& source, const VerifyOptions& options, Sink& sink,
                                 const Progress& progress);

}  // namespace pcq::audit
