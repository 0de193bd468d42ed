// Whether the claims of the paper hold: each over a region of parameters, with the number of points where it
// holds and the first one where it does not, in exact fractions.
//
// The regions are those of the specification's checker (economics_check.py), so that its figures come out
// again. Claims are the propositions, the results, the claim of section 5, and the register of the printed
// formulas, D1 to D25. Pure but for the progress that is told; a run takes seconds.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace pcq::cli::model {

struct Claim {
    std::string id;       // "result-1-3"; several rows may share one
    std::string claim;    // what is said
    std::string reading;  // "corrected", "as printed", ...
    std::string region;   // where it was looked at
    std::size_t points = 0;
    std::size_t holds = 0;  // at so many of them
    std::string counter_example;
    std::vector<std::pair<std::string, std::size_t>> figures;
    std::string note;  // of a claim without points: why nothing can be computed

    std::string verdict() const;
};

// Counts one claim over its points.
class Tally {
public:
    Tally(std::string id, std::string claim, std::string reading, std::string region)
        : claim_{std::move(id), std::move(claim), std::move(reading), std::move(region), 0, 0, {}, {}, {}} {}

    // `describe` is called for the first point where it does not hold.
    template <class Describe>
    void point(bool holds, const Describe& describe) {
        ++claim_.points;
        if (holds) {
            ++claim_.holds;
        } else if (claim_.counter_example.empty()) {
            claim_.counter_example = describe();
        }
    }
    void figure(const std::string& what, std::size_t count) { claim_.figures.emplace_back(what, count); }
    void note(std::string text) { claim_.note = std::move(text); }
    const Claim& claim() const { return claim_; }

private:
    Claim claim_;
};

using Progress = std::function<void(const std::string&)>;
std::vector<Claim> check_claims(const Progress& progress);

// Its parts.
std::vector<Claim> check_market_claims();      // Propositions 1 and 2, D1, D3, D5, D6, D8, D9
std::vector<Claim> check_section_5();          // the claim of section 5
std::vector<Claim> check_result_1();           // Result 1, D11, D12, D14 to D18
std::vector<Claim> check_result_1_in_q();      // Result 1 (3), also with shares kept in 0..1
std::vector<Claim> check_result_2_welfare();   // Result 2 (1), D19
std::vector<Claim> check_result_2_emission();  // Result 2 (2)
std::vector<Claim> claims_without_formula();   // D2, D4, D7, D10, D13, D20, D24, D25

}  // namespace pcq::cli::model
