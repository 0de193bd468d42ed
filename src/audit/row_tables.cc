// The tables by name, key and columns. The order is that of the places in rows.cc.
#include <sstream>

#include "src/audit/rows.h"

namespace pcq::audit {
namespace {

// Columns by name; one that ends with ' holds text, the others whole numbers.
std::vector<Column> columns(const char* names) {
    std::vector<Column> columns;
    std::istringstream words(names);
    for (std::string name; words >> name;) {
        const bool is_text = name.back() == '\'';
        if (is_text) name.pop_back();
        columns.push_back({name, is_text});
    }
    return columns;
}

Table log(const char* name, std::size_t key_columns, const char* names) {
    return {name, key_columns, false, columns(names)};
}

Table state(const char* name, std::size_t key_columns, const char* names) {
    return {name, key_columns, true, columns(names)};
}

}  // namespace

const std::vector<Table>& tables() {
    static const std::vector<Table> all{
        log("blocks", 2,
            "chain' height hash' time_ms proposer' view_number transaction_count signers state_root' "
            "deposited_uy withdrawn_uy cash_held_uy"),
        log("totals", 3,
            "chain' height vintage issued_g held_g inventory_g escrow_g surrendered_g expired_g exported_g"),
        log("transactions", 3, "chain' height place hash' account' sequence action' code text'"),
        log("trades", 4,
            "chain' height place event market' period seller' buyer' grams price_uy_per_kg amount_uy fee_uy "
            "time_ms"),
        log("prices", 4,
            "chain' height place event period epoch buy_price_uy_per_kg sell_price_uy_per_kg status time_ms"),
        log("settlements", 4,
            "chain' height place event period account' emitted_g own_surrendered_g purchased_surrendered_g "
            "borrowed_g penalised_g penalty_paid_uy penalty_owed_uy banked_g expired_g again time_ms"),
        log("transfers", 4, "chain' height place event what' period sender' receiver' amount time_ms"),
        log("cash_moves", 4, "chain' height place event account' change_uy time_ms"),
        log("joinings", 4, "chain' height place event period account' side' fee_uy time_ms"),
        log("orders", 4,
            "chain' height place event what' order_id' account' period side' grams limit_uy_per_kg cash_uy "
            "time_ms"),
        log("dues", 4, "chain' height place event what' period account' grams amount_uy time_ms"),
        log("holding_changes", 4,
            "chain' height account' period issued_g purchased_g sold_g surrendered_g expired_g escrow_g "
            "passed_on_g clawed_back_g converted_g held_g"),
        log("readings", 4,
            "chain' height place event period month meter' account' grams days_measured estimated"),
        log("attestations", 4,
            "chain' height place event audited_chain' auditor' audited_height block_hash' time_ms"),
        state("accounts", 2, "chain' account' number status' roles' threshold meter_kind'"),
        state(
            "holdings", 3,
            "chain' account' period issued_g purchased_g sold_g surrendered_g expired_g escrow_g passed_on_g "
            "clawed_back_g converted_g held_g rule' reason'"),
        state("cash", 2, "chain' account' balance_uy escrow_uy"),
        state("emissions", 3, "chain' account' period emitted_g"),
        state("periods", 2,
              "chain' period phase' cap_g months months_advanced offset_ratio_ppb market_price_uy_per_kg "
              "penalty_uy_per_kg banking_ratio_ppb"),
        state(
            "reports", 3,
            "chain' side_chain' period revision people issued_g emitted_g sold_g bought_g own_surrendered_g "
            "purchased_surrendered_g penalised_g penalty_paid_uy penalty_owed_uy banked_g expired_g"),
        state("anchors", 3, "chain' side_chain' height header_hash' recorded_at"),
    };
    return all;
}

}  // namespace pcq::audit
