// Below pcq quota: allocation rules of the main chain.
#include <iostream>
#include <set>

#include <boost/json/array.hpp>

#include "src/base/address.h"
#include "src/cli/acting.h"
#include "src/cli/lists_file.h"
#include "src/cli/tables_file.h"
#include "src/client/allocation.h"

namespace pcq::cli {
namespace {

namespace json = boost::json;

struct RuleOptions {
    ActingOptions acting;
    std::string file;
    std::string people;
    std::vector<std::string> attributes;
};

void set(Session& session, const RuleOptions& options) {
    const auto rule = rule_from(options.file);
    if (rule) return act(session, options.acting, *rule);
    session.ended = fail(rule.error());
}

void list(Session& session, const RuleOptions&) {
    std::vector<std::vector<std::string>> rows;
    const bool done =
        each_page(session, "allocation_rules", "allocation_rules", [&rows](const json::value& entry) {
            rows.push_back({plain_text(entry.at("id")), plain_text(entry.at("version")),
                            plain_text(entry.at("base_label")), grams_text(entry.at("base_g")),
                            std::to_string(entry.at("rows").as_array().size()),
                            plain_text(entry.at("title"))});
        });
    if (done) print_table({"RULE", "VERSION", "EACH", "GETS", "ROWS", "TITLE"}, rows);
}

Result<client::Attributes> attributes_from(const std::vector<std::string>& words) {
    client::Attributes attributes;
    for (const auto& word : words) {
        const std::size_t sign = word.find('=');
        const std::string value = sign == std::string::npos ? "1" : word.substr(sign + 1);
        if (value.empty() || value.size() > 7 || value.find_first_not_of("0123456789") != std::string::npos)
            return Error{Code::bad_argument, "\"" + word + "\" is no NAME=NUMBER, as child=2"};
        attributes[word.substr(0, sign)] = std::stoll(value);
    }
    return attributes;
}

proto::AllocationRuleRecord record_of(const proto::SetAllocationRule& rule) {
    proto::AllocationRuleRecord record;
    record.set_base_label(rule.base_label());
    record.set_base_g(rule.base_g());
    *record.mutable_rows() = rule.rows();
    return record;
}

// One that no row of the rule asks for would count for nothing, and nobody would see that.
Result<> require_known(const proto::AllocationRuleRecord& rule, const client::Attributes& attributes) {
    std::set<std::string> known;
    for (const auto& row : rule.rows()) known.insert(row.attribute());
    for (const auto& [name, value] : attributes) {
        if (known.count(name) != 0) continue;
        std::string all;
        for (const auto& one : known) all += (all.empty() ? "" : ", ") + one;
        return Error{Code::bad_argument, "the rule has no attribute \"" + name +
                                             "\": leave it out, or name " +
                                             (all.empty() ? "none" : "one of " + all)};
    }
    return {};
}

// Nothing is sent: what the file would give a person.
void rehearse(Session& session, const RuleOptions& options) {
    const auto refuse = [&session](const Error& error) { session.ended = fail(error); };
    const auto rule = rule_from(options.file);
    if (!rule) return refuse(rule.error());
    const auto attributes = attributes_from(options.attributes);
    if (!attributes) return refuse(attributes.error());
    const auto record = record_of(*rule);
    if (auto known = require_known(record, *attributes); !known) return refuse(known.error());
    const auto allocation = client::allocate(record, *attributes);
    if (!allocation) return refuse(allocation.error());
    const std::string grams = std::to_string(allocation->grams.value());
    if (session.json) return print_json({{"grams", grams}, {"reason", allocation->reason}});
    print_rows({{"quota", grams_text(json::value(grams))}, {"reason", allocation->reason}});
}

// Nothing is sent: the list of what the file gives everybody, for pcq quota issue and claim.
void apply(Session& session, const RuleOptions& options) {
    const auto refuse = [&session](const Error& error) { session.ended = fail(error); };
    const auto rule = rule_from(options.file);
    if (!rule) return refuse(rule.error());
    const auto people = people_from(options.people);
    if (!people) return refuse(people.error());
    const auto record = record_of(*rule);
    std::string lines = "account,grams,reason\n";
    for (const auto& person : *people) {
        if (auto known = require_known(record, person.attributes); !known)
            return refuse({known.error().code, options.people + ": " + known.error().message});
        const auto allocation = client::allocate(record, person.attributes);
        if (!allocation) {
            return refuse({allocation.error().code, options.people + ", account " +
                                                        to_address(person.account) + ": " +
                                                        allocation.error().message});
        }
        lines += allotment_line({person.account, allocation->grams, allocation->reason}) + "\n";
    }
    std::cout << lines;
}

}  // namespace

void add_rule_commands(CLI::App& app, CLI::App& quota, Session& session) {
    auto options = std::make_shared<RuleOptions>();
    auto* rule = quota.add_subcommand("rule", "allocation rules of the main chain")->require_subcommand(1);
    explain(*rule, "pcq quota rule set --key government.pem --file rule.toml");
    const auto add = [&](const char* name, const char* about, auto run) {
        auto* command = rule->add_subcommand(name, about);
        command->callback([options, &session, &app, run] {
            prefer_main(app, session);
            run(session, *options);
        });
        return command;
    };
    const auto add_file = [&options](CLI::App& command) {
        command
            .add_option("--file", options->file, "the rule, as TOML; deploy/allocation.toml is an example")
            ->check(CLI::ExistingFile)
            ->required();
    };
    auto* command = add("set", "set the next version of a rule (government)", set);
    add_file(*command);
    add_acting(*command, options->acting, "pcq quota rule set --key government.pem --file rule.toml");
    command = add("try", "what a rule gives a person, and the reason in words; nothing is sent", rehearse);
    add_file(*command);
    command->add_option("--with", options->attributes, "an attribute of the person, as often as needed")
        ->type_name("NAME=NUMBER");
    explain(*command, "pcq quota rule try --file rule.toml --with child=2 --with rural");
    command =
        add("apply", "what a rule gives everybody of a list, as a list for pcq quota issue; nothing is sent",
            apply);
    add_file(*command);
    command
        ->add_option(
            "--people", options->people,
            "comma-separated: a header account,ATTRIBUTE,..., then a line a person with whole numbers")
        ->type_name("FILE")
        ->required();
    explain(*command, "pcq quota rule apply --file rule.toml --people people.csv > list.csv");
    command = add("list", "every version of every rule", list);
    explain(*command, "pcq quota rule list");
}

}  // namespace pcq::cli
