// pcq model fees: the two-sided platform of the paper's section 3.2.
#include "src/cli/model/commands.h"
#include "src/cli/model/conditions.h"
#include "src/cli/model/figures.h"
#include "src/economics/exact/service.h"
#include "src/economics/printed/profit_platform.h"
#include "src/economics/printed/welfare_platform.h"

namespace pcq::cli::model {
namespace {

using econ::Objective;
using econ::Status;
using econ::exact::Platform;
using econ::exact::PlatformOptimum;

struct FeeOptions {
    Inputs inputs{kPlatformKeys, "T2"};
    Variant variant = Variant::corrected;
    std::string objective;
    econ::FeePolicy policy = econ::FeePolicy::cross;
    bool boxed = false;
    std::string plot;
};

void put(Sheet& sheet, Status status, const PlatformOptimum& found) {
    sheet.row("status", "status", Cell(std::string(econ::name(status))));
    sheet.row("fee_d", "f_d, demanders' fee", Cell(found.fee_d));
    sheet.row("fee_s", "f_s, suppliers' fee", Cell(found.fee_s));
    sheet.row("scale_d", "N_d, share of demanders", Cell(found.scale_d));
    sheet.row("scale_s", "N_s, share of suppliers", Cell(found.scale_s));
    sheet.row("profit", "profit", Cell(found.profit));
    sheet.row("surplus_d", "surplus of demanders", Cell(found.surplus_d));
    sheet.row("surplus_s", "surplus of suppliers", Cell(found.surplus_s));
    sheet.row("welfare", "welfare", Cell(found.welfare));
}

void put_conditions(Sheet& sheet, const Platform& platform, Objective objective) {
    const auto t = econ::exact::terms(platform);
    sheet.section("conditions", "What an interior optimum needs");
    const auto found = econ::exact::conditions(platform, objective);
    sheet.row("concave", "|g| < m, g = " + full_text(t.g), Cell(found.concave));
    if (!found.concave) return;
    const auto scales = interior_scales(platform, objective);
    sheet.row("not_empty", "N_d, N_s >= 0", Cell(found.not_empty));
    sheet.row("not_full", "N_d, N_s <= 1, here " + decimal_text(scales.d) + " and " + decimal_text(scales.s),
              Cell(found.not_full));
    sheet.row("funded", "profit >= 0 without outside money", Cell(found.funded));
    sheet.row("unsubsidised", "f_d >= 0", Cell(found.unsubsidised));
    if (const auto hessian = econ::exact::hessian(platform, objective); hessian.ok()) {
        sheet.row("hessian_dd", "d2/df_d2", Cell(hessian.value.dd));
        sheet.row("hessian_ds", "d2/df_d df_s", Cell(hessian.value.ds));
        sheet.row("hessian_ss", "d2/df_s2", Cell(hessian.value.ss));
    }
}

void put_service(Sheet& sheet, const Platform& platform, Objective objective) {
    sheet.section("service", "Best service level");
    const auto best = econ::exact::service_optimum(platform, objective);
    if (best.ok()) {
        sheet.row("service_level", "q*", Cell(best.value.service_level));
        sheet.row("profit", "profit there", Cell(best.value.profit));
        sheet.row("welfare", "welfare there", Cell(best.value.welfare));
    } else {
        sheet.row("none", "q*", Cell("none; " + why_no_service(best.status, platform, objective).message));
    }
    if (const auto boxed = econ::exact::service_optimum_boxed(platform, objective); boxed.ok()) {
        sheet.row("boxed_level", "q with shares kept in 0 to 1", Cell(boxed.value.service_level));
        sheet.row("boxed_value", "objective there, " + std::string(econ::name(boxed.status)),
                  Cell(boxed.value.objective_value));
    }
    const auto moves = econ::exact::sensitivities(platform, objective);
    if (!moves.ok()) return;
    const auto& by = moves.value;
    sheet.section("sensitivities", "How the optimum moves (Results 1 and 2)");
    sheet.row("value_by_sens_d", "objective by beta_d", Cell(by.value_by_sens_d));
    sheet.row("value_by_sens_s", "objective by beta_s", Cell(by.value_by_sens_s));
    sheet.row("value_by_ask", "objective by c", Cell(by.value_by_ask));
    sheet.row("value_by_service", "objective by q", Cell(by.value_by_service));
    sheet.row("scale_d_by_sens_d", "N_d by beta_d", Cell(by.scale_d_by_sens_d));
    sheet.row("scale_d_by_sens_s", "N_d by beta_s", Cell(by.scale_d_by_sens_s));
    sheet.row("scale_d_by_service", "N_d by q", Cell(by.scale_d_by_service));
    sheet.row("scale_s_by_service", "N_s by q", Cell(by.scale_s_by_service));
}

Result<Sheet> corrected_fees(const FeeOptions& options, Objective objective) {
    const Platform platform = platform_of(options.inputs);
    const auto solved = options.boxed ? econ::exact::two_sided_boxed(platform, objective)
                                      : econ::exact::two_sided(platform, objective, options.policy);
    if (!solved.ok()) return why_no_fees(solved.status, platform, objective, options.policy);
    Sheet sheet;
    sheet.parameters(options.inputs);
    sheet.section("fees", objective == Objective::profit
                              ? "Best fees for profit (section 3.2.1, corrected)"
                              : "Best fees for welfare (section 3.2.2, corrected)");
    put(sheet, solved.status, solved.value);
    put_conditions(sheet, platform, objective);
    put_service(sheet, platform, objective);
    return sheet;
}

Error divides_by_zero(const std::string& condition, const std::string& values) {
    return infeasible(Status::degenerate, condition, values);
}

Result<Sheet> printed_profit(const FeeOptions& options) {
    const Platform platform = platform_of(options.inputs);
    const std::string values = "c = " + full_text(platform.ask_price);
    const auto fees = econ::printed::fees(platform);
    if (!fees.ok()) return divides_by_zero("c^2 != 4 of (17), (18)", values);
    const auto best = econ::printed::equilibrium(platform);
    if (!best.ok()) return divides_by_zero("(c - 1)^2 != 4 of N_d*, N_s*", values);
    Sheet sheet;
    sheet.parameters(options.inputs);
    sheet.section("fees", "Best fees for profit (section 3.2.1, as printed)");
    sheet.row("fee_d", "f_d* (17)", Cell(fees.value.d));
    sheet.row("fee_s", "f_s* (18)", Cell(fees.value.s));
    sheet.row("scale_d", "N_d*", Cell(best.value.scale_d));
    sheet.row("scale_s", "N_s*", Cell(best.value.scale_s));
    sheet.row("profit", "profit*", Cell(best.value.profit));
    const auto hessian = econ::printed::hessian(platform);
    sheet.row("existence", "-2 < c (c - 1) < 2", Cell(hessian.existence));
    sheet.row("positive", "-2 < c (c - 1) < 1", Cell(hessian.positive));
    if (const auto scales = econ::printed::scales(platform, fees.value); scales.ok()) {
        sheet.section("chain", "These fees put through the printed N_d, N_s");
        sheet.row("scale_d", "N_d", Cell(scales.value.d));
        sheet.row("scale_s", "N_s", Cell(scales.value.s));
        const Rational revenue = scales.value.d * fees.value.d + scales.value.s * fees.value.s;
        sheet.row("profit", "profit", Cell(revenue - econ::exact::service_expense(platform)));
    }
    sheet.note(
        "The printed formulas do not follow from one another (D11 to D18); alpha_d, alpha_s are not read.");
    return sheet;
}

Result<Sheet> printed_welfare(const FeeOptions& options) {
    const Platform platform = platform_of(options.inputs);
    const econ::printed::WelfarePlatform printed{
        platform.service_level, platform.sens_d,      platform.sens_s, platform.ask_price - platform.cross_d,
        platform.cross_s,       platform.service_cost};
    const auto fees = econ::printed::welfare_fees(printed);
    const auto best = econ::printed::welfare_equilibrium(printed);
    if (!fees.ok() || !best.ok())
        return divides_by_zero("g^2 != 1", "g = " + full_text(econ::exact::terms(platform).g));
    Sheet sheet;
    sheet.parameters(options.inputs);
    sheet.section("fees", "Best fees for welfare (section 3.2.2, as printed)");
    sheet.row("fee_d", "f_d*", Cell(fees.value.d));
    sheet.row("fee_s", "f_s*", Cell(fees.value.s));
    sheet.row("scale_d", "N_d*", Cell(best.value.scale_d));
    sheet.row("scale_s", "N_s*", Cell(best.value.scale_s));
    sheet.row("profit", "profit", Cell(best.value.profit));
    sheet.row("welfare", "W*", Cell(best.value.welfare));
    sheet.note("Sides are exchanged in the fees, and W* is too small by A_d A_s/(1 - g^2) (D19).");
    return sheet;
}

void run(Session& session, FeeOptions& options) {
    if (auto read = options.inputs.read(); !read) {
        session.ended = fail(read.error());
        return;
    }
    const auto objective = objective_of(options.objective, options.inputs.chosen_preset());
    const auto sheet = options.variant == Variant::corrected ? corrected_fees(options, objective)
                       : objective == Objective::profit      ? printed_profit(options)
                                                             : printed_welfare(options);
    if (!sheet) {
        session.ended = fail(sheet.error());
        return;
    }
    if (!options.plot.empty()) {
        if (auto drawn = draw_to(profit_by_service(options.inputs), options.plot); !drawn) {
            session.ended = fail(drawn.error());
            return;
        }
    }
    sheet->print(session.json);
}

}  // namespace

void add_fees(CLI::App& model, Session& session) {
    auto options = std::make_shared<FeeOptions>();
    auto* command = model.add_subcommand(
        "fees", "registration fees, scales, profit and the best service level of the two-sided platform");
    options->inputs.add_to(*command);
    add_objective(*command, options->objective);
    add_policy(*command, options->policy);
    add_variant(*command, options->variant);
    command->add_flag("--boxed", options->boxed,
                      "keep N_d, N_s in 0 to 1, whatever the parameters; no policy applies");
    add_plot(*command, options->plot, "profit against q (F6)");
    explain(*command, "pcq model fees --preset T3 --service-level 0.1");
    command->callback([options, &session] { run(session, *options); });
}

}  // namespace pcq::cli::model
