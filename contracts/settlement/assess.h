// What settling a person's period means: arithmetic on what was there, and nothing else.
//
// Own quota is given up first, the vintage banked before it ahead of this one; then purchased quota up to
// delta of the excess; then the policy may let grams be borrowed, which the next period owes with interest;
// the rest is penalised. What is left over is banked at the policy's ratio and the remainder expires; a
// vintage that was banked once expires whole. Grams and micro-yuan; products in 128 bits; penalties round up.
// Pure; the same for the contract, a rehearsal and an audit.
#pragma once

#include "contracts/tables.h"
#include "src/base/amount.h"

namespace pcq::contracts::settlement {

// A person's period before it is settled. Nothing is negative.
struct Position {
    Grams emitted;         // reported
    Grams obligation;      // owed beside: borrowed before, or clawed back and not there
    Grams issued;          // of this vintage; borrowing is bounded by a share of it
    Grams banked;          // held of the vintage settled before
    Grams own;             // held of this vintage, but for what was purchased
    Grams purchased;       // held of this vintage
    bool closing = false;  // the account ends: nothing is borrowed, nothing banked
    bool heir = false;     // of an account that ends: somebody gets what is left
};

struct Assessment {
    Grams own_surrendered;  // banked quota and own
    Grams from_banked;      // of these: of the vintage before
    Grams purchased_surrendered;
    Grams borrowed;
    Grams obligation_next;  // borrowed, with interest
    Grams penalised;
    MicroYuan penalty;     // the largest amount if it does not fit
    Grams kept;            // of this vintage
    Grams expired;         // of this vintage
    Grams banked_expired;  // of the vintage before
};

Assessment assess(const proto::Policy& policy, const Position& position);

// Rounded up; the largest amount if it does not fit.
MicroYuan penalty_on(Grams penalised, std::int64_t penalty_uy_per_kg);

// Of quota that a person has of a vintage that is not settled: own = issued - sold - clawed back, as far as
// that goes; claw-backs take own quota first.
struct Parts {
    Grams own;
    Grams purchased;
};
Parts parts(const proto::HoldingRecord& holding);

// The record of a settlement, but for money and place.
proto::SettlementRecord record_of(const Position& position, const Assessment& due);
// What a settlement started from, by its record.
Position position_of(const proto::SettlementRecord& record);

}  // namespace pcq::contracts::settlement
