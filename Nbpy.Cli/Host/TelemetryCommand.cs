using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Nbpy.ServiceDefaults.Configuration;
using Nbpy.ServiceDefaults.Control;

namespace Nbpy.Cli.Host;

/// <summary><c>nbpy telemetry logs|spans|traces</c>: what the dashboard of the running host has received.</summary>
internal static class TelemetryCommand
{
    private const int DefaultLimit = 200;
    private const int MostSpans = 100_000;

    public static Command Create()
    {
        var service = new Argument<string?>("service") { Description = "One service's; without it all.", Arity = ArgumentArity.ZeroOrOne };
        var limit = new Option<int>("--limit", "-n") { Description = "The newest so many.", DefaultValueFactory = _ => DefaultLimit };
        limit.Validators.Add(r =>
        {
            if (r.GetValueOrDefault<int>() < 1)
                r.AddError("--limit is at least 1.");
        });
        var command = new Command("telemetry", "Structured logs, spans and traces, from the running host's dashboard.");
        command.Subcommands.Add(Commands.Make("logs", "Structured logs.", [service, limit, Commands.Json], (r, c, t) =>
            RunAsync(c, "logs", r.GetValue(service), r.GetValue(limit), r.GetValue(limit), r.GetValue(Commands.Json), entries => entries.Select(LogLine), t)));
        command.Subcommands.Add(Commands.Make("spans", "Spans, one a line.", [service, limit, Commands.Json], (r, c, t) =>
            RunAsync(c, "spans", r.GetValue(service), r.GetValue(limit), r.GetValue(limit), r.GetValue(Commands.Json), entries => entries.Select(SpanLine), t)));
        command.Subcommands.Add(Commands.Make("traces", "Traces, one a line, with the services that took part.", [service, limit, Commands.Json], (r, c, t) =>
            RunAsync(c, "spans", null, MostSpans, r.GetValue(limit), r.GetValue(Commands.Json), entries => Traces(entries, r.GetValue(service)?.Replace('_', '-')).Select(TraceLine), t,
                entries => [.. Traces(entries, r.GetValue(service)?.Replace('_', '-')).Select(trace => new JsonArray([.. trace.Select(s => s!.DeepClone())]))])));
        return command;
    }

    private static async Task<int> RunAsync(
        IntegrationConfig config, string kind, string? service, int read, int shown, bool json, Func<JsonArray, IEnumerable<string>> lines, CancellationToken cancellationToken,
        Func<JsonArray, IReadOnlyList<JsonNode?>>? shape = null)
    {
        using var client = new ControlClient(config);
        var status = await client.StatusAsync(cancellationToken).ConfigureAwait(false);
        if (status?.Dashboard is not { } address)
        {
            await Console.Error.WriteLineAsync(status is null ? client.NoHost(config) : "The host has no dashboard (Nbpy:Dashboard:Enabled is false), so nothing keeps its telemetry.").ConfigureAwait(false);
            return 1;
        }

        using var dashboard = new DashboardClient(address);
        var entries = await dashboard.ReadAsync(kind, service?.Replace('_', '-'), read, cancellationToken).ConfigureAwait(false);
        if (json)
            Console.WriteLine(new JsonArray([.. (shape?.Invoke(entries) ?? [.. entries]).TakeLast(shown).Select(e => e?.DeepClone())]).ToJsonString(StatusCommand.Pretty));
        else
            foreach (var line in lines(entries).TakeLast(shown))
                Console.WriteLine(line);
        return 0;
    }

    private static string LogLine(JsonNode? log) => $"{Text(log, "time")} {Text(log, "resource"),-28} {Text(log, "severity"),-11} {Text(log, "message")}";

    private static string SpanLine(JsonNode? span) =>
        $"{Text(span, "start")} {Text(span, "resource"),-28} {Milliseconds(Duration(span)),12} {Text(span, "traceId")} {Text(span, "name")}{(IsError(span) ? "  ERROR " + Text(span, "statusMessage") : "")}";

    private static IEnumerable<IReadOnlyList<JsonNode?>> Traces(JsonArray spans, string? service) => spans
        .GroupBy(s => Text(s, "traceId")).Select(g => (IReadOnlyList<JsonNode?>)[.. g.OrderBy(Start)])
        .Where(trace => service is null || trace.Any(s => string.Equals(Text(s, "resource"), service, StringComparison.OrdinalIgnoreCase))).OrderBy(trace => Start(trace[0]));

    private static string TraceLine(IReadOnlyList<JsonNode?> trace)
    {
        var took = trace.Max(s => Start(s) + Duration(s)) - Start(trace[0]);
        return $"{Text(trace[0], "start")} {Text(trace[0], "traceId")} {Milliseconds(took),12} {trace.Count,3} spans  {Text(trace[0], "name")}  ({string.Join(", ", trace.Select(s => Text(s, "resource")).Distinct())}){(trace.Any(IsError) ? "  ERROR" : "")}";
    }

    private static string Text(JsonNode? node, string name) => node?[name]?.ToString() ?? "";

    private static bool IsError(JsonNode? span) => span?["isError"]?.GetValue<bool>() == true;

    private static DateTimeOffset Start(JsonNode? span) => DateTimeOffset.Parse(Text(span, "start"), CultureInfo.InvariantCulture);

    private static TimeSpan Duration(JsonNode? span) => TimeSpan.Parse(Text(span, "duration"), CultureInfo.InvariantCulture);

    private static string Milliseconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.000} ms");
}
