// A chain as tables for SQL and spreadsheets: which there are, and what each block adds to them
// (docs/sql.md).
//
// Two kinds. A log only grows: blocks, transactions, trades, ... by chain, height and place. A state table
// holds the newest record of each key: accounts, holdings, cash, ... Amounts are whole grams and micro-yuan,
// accounts addresses, hashes hexadecimal. Pure.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "src/ledger/executor.h"

namespace pcq::audit {

struct Column {
    std::string name;
    bool is_text = false;  // otherwise a whole number of 64 bits
};

struct Table {
    const char* name;
    std::size_t key_columns;  // the first so many make a row unique
    bool is_state;
    std::vector<Column> columns;
};

using Cell = std::variant<std::monostate, std::int64_t, std::string>;  // nothing: null
using Row = std::vector<Cell>;                                         // as the table's columns

struct TableRow {
    std::size_t table = 0;  // its place in tables()
    Row row;
    bool removed = false;  // of a state table; the key alone counts
};

const std::vector<Table>& tables();

// What one block leaves in the tables, logs first.
struct BlockRows {
    std::string chain;
    ChainId chain_id;
    std::uint64_t height = 0;
    Hash hash;
    std::vector<TableRow> rows;
};

struct BlockSeen {
    const ledger::Genesis& genesis;
    const ledger::Header& header;
    std::uint32_t signers = 0;  // in the certificate
    const std::vector<ledger::VerifiedTransaction>& transactions;
    const ledger::Executed& executed;
};
BlockRows rows_of(const BlockSeen& block);
// Of block 0: the state that the genesis document gives.
BlockRows rows_of_genesis(const ledger::Genesis& genesis, const ledger::GenesisBlock& block);
// The row of one record of the state; nothing if it is of no table here.
std::optional<TableRow> row_of_record(const std::string& chain, BytesView key,
                                      const std::optional<Bytes>& value);

}  // namespace pcq::audit
