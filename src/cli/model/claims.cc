#include "src/cli/model/claims.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <iostream>

#include <boost/json/array.hpp>

#include "src/cli/model/commands.h"

namespace pcq::cli::model {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::seconds kSilence{1};

Claim words(const std::string& id, const std::string& claim, const std::string& why) {
    Tally tally(id, claim, "as printed", "");
    tally.note(why);
    return tally.claim();
}

struct Part {
    std::string name;
    std::vector<Claim> (*check)();
};
const std::vector<Part> kParts = {{"Propositions 1 and 2", check_market_claims},
                                  {"the claim of section 5", check_section_5},
                                  {"Result 1 (1), (2)", check_result_1},
                                  {"Result 1 (3)", check_result_1_in_q},
                                  {"Result 2 (1)", check_result_2_welfare},
                                  {"Result 2 (2)", check_result_2_emission},
                                  {"claims without a formula", claims_without_formula}};

boost::json::object json_of(const Claim& claim) {
    boost::json::object figures;
    for (const auto& [what, count] : claim.figures) figures[what] = count;
    boost::json::object object{{"id", claim.id},
                               {"claim", claim.claim},
                               {"reading", claim.reading},
                               {"verdict", claim.verdict()},
                               {"region", claim.region},
                               {"points", claim.points},
                               {"holds", claim.holds},
                               {"fails", claim.points - claim.holds},
                               {"figures", std::move(figures)}};
    object["counter_example"] = claim.counter_example.empty() ? boost::json::value(nullptr)
                                                              : boost::json::value(claim.counter_example);
    if (!claim.note.empty()) object["note"] = claim.note;
    return object;
}

void print_claim(const Claim& claim, bool with_region) {
    std::cout << claim.verdict();
    if (claim.points != 0) std::cout << " at " << claim.holds << " of " << claim.points;
    std::cout << ": " << claim.claim << " [" << claim.id << ", " << claim.reading << "]\n";
    const std::string indent(4, ' ');
    if (!claim.note.empty()) std::cout << indent << claim.note << "\n";
    if (with_region && !claim.region.empty()) std::cout << indent << "over " << claim.region << "\n";
    if (!claim.counter_example.empty())
        std::cout << indent << "fails at " << claim.points - claim.holds << ", first at "
                  << claim.counter_example << "\n";
    std::string figures;
    for (const auto& [what, count] : claim.figures) {
        figures += (figures.empty() ? "" : "; ") + what + ": " + std::to_string(count);
    }
    if (!figures.empty()) std::cout << indent << figures << "\n";
}

void print_claims(const std::vector<Claim>& all, bool with_regions, bool json) {
    if (json) {
        boost::json::array list;
        for (const auto& claim : all) list.push_back(json_of(claim));
        return print_json(boost::json::object{{"claims", std::move(list)}});
    }
    std::size_t holds = 0;
    std::size_t fails = 0;
    for (const auto& claim : all) {
        print_claim(claim, with_regions);
        holds += claim.points != 0 && claim.holds == claim.points ? 1 : 0;
        fails += claim.holds != claim.points ? 1 : 0;
    }
    std::cout << "\n"
              << holds << " hold everywhere, " << fails << " do not, " << all.size() - holds - fails
              << " have no formula to compute\n";
}

bool is_about(const Claim& claim, const std::string& wanted) {
    return wanted.empty() || claim.id == wanted || claim.id.starts_with(wanted + "-") ||
           (wanted.starts_with('D') && (", " + claim.id + ",").find(" " + wanted + ",") != std::string::npos);
}

void run(Session& session, const std::string& wanted) {
    auto all =
        check_claims([](const std::string& text) { std::cerr << "pcq model claims: " << text << "\n"; });
    all.erase(
        std::remove_if(all.begin(), all.end(), [&](const auto& claim) { return !is_about(claim, wanted); }),
        all.end());
    if (all.empty()) {
        session.ended =
            fail(Error{Code::bad_argument,
                       "CLAIM must be proposition-1, proposition-2, result-1, result-1-1 .. result-2-2, "
                       "section-5 or D1 .. D25; it is \"" +
                           wanted + "\""});
    } else {
        print_claims(all, !wanted.empty(), session.json);
    }
}

}  // namespace

std::string Claim::verdict() const {
    if (points == 0) return "no formula";
    if (holds == points) return "holds";
    return holds == 0 ? "fails everywhere" : "fails, holds";
}

std::vector<Claim> claims_without_formula() {
    return {
        words("D2", "the platform takes a commission",
              "it is mentioned beside (2) and in no formula; it counts as 0"),
        words("D4", "(4), the sum in the middle",
              "it sums over i = 0 .. W and multiplies by W as well; one of the two is superfluous"),
        words("D7", "(10), (11)",
              "c_i and c_1 are the same, and pi_b is the left side of both; (11) is total welfare"),
        words("D10", "Table 1", "p, E, U_m, U_e are in no formula or nowhere defined; alpha is read as beta"),
        words("D13", "(14), (15), left sides", "1 + P[v > v*] would exceed 1; P[v > v*] is meant"),
        words("D20", "delta of 3.2.2 and Result 2 is the proportion that may be offset",
              "it is sigma = c - alpha_d and has nothing to do with the offset ratio"),
        words("D21", "Result 1 (3)", "unconditional in the paper; see result-1-3"),
        words("D22", "Result 2 (1), regions R1 and R2",
              "sign boundaries of the Hessian, not comparisons of welfare; see result-2-1"),
        words("D23", "Result 2 (2), reduction E", "E is defined nowhere; see result-2-2 for five readings"),
        words("D24", "numerical results of section 5", "announced, none printed; ours: pcq model report"),
        words("D25", "an evolutionary game", "announced in section 3, none printed; ours: pcq model evolve")};
}

std::vector<Claim> check_claims(const Progress& progress) {
    std::vector<Claim> all;
    auto spoken = SteadyClock::now();
    for (const auto& part : kParts) {
        auto found = std::async(std::launch::async, part.check);
        while (found.wait_until(spoken + kSilence) != std::future_status::ready) {
            progress("at " + part.name);
            spoken = SteadyClock::now() + std::chrono::seconds(4);
        }
        for (auto& claim : found.get()) all.push_back(std::move(claim));
    }
    return all;
}

void add_claims(CLI::App& model, Session& session) {
    auto wanted = std::make_shared<std::string>();
    auto* command =
        model.add_subcommand("claims", "whether each claim of the paper holds, and where it does not");
    command
        ->add_option("claim", *wanted,
                     "only this one: proposition-1, result-2, result-1-3, section-5, D15, ...")
        ->type_name("CLAIM");
    explain(
        *command, "pcq model claims result-1",
        "Counted in exact fractions over a region of parameters for each claim. It exits with 0 whatever the "
        "verdicts are.");
    command->callback([wanted, &session] { run(session, *wanted); });
}

}  // namespace pcq::cli::model
