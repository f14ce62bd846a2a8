using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Nbpy.Grafana.Tests;

/// <summary>The dashboards against Grafana's published types (npm: <c>@grafana/schema</c> of the pinned version), by TypeScript's compiler.</summary>
public sealed class SchemaTests
{
    private const string GrafanaVersion = "11.6.0";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    // Enumerations count by their values, and what a panel type or data source adds of its own is allowed.
    private const string Header = """
        import type { Dashboard } from '@grafana/schema';
        type Open<T> = T extends string ? `${T}` : T extends number | boolean | null | undefined ? T : T extends (infer U)[] ? Open<U>[]
          : T extends object ? { [K in keyof T]: Open<T[K]> } & { [k: string]: unknown } : T;

        """;

    // Each panel type's own settings, every name of which must be known.
    private const string DeepHeader = """
        type Deep<T> = T extends string ? `${T}` : T extends number | boolean | null | undefined ? T : T extends (infer U)[] ? Deep<U>[]
          : T extends object ? { [K in keyof T]?: Deep<T[K]> } : T;

        """;

    /// <summary>Panel types, the names of their types' files, and whether fields have settings of the panel type.</summary>
    private static readonly (string Type, string File, bool HasFields)[] PanelTypes =
    [
        ("timeseries", "TimeSeries", true), ("stat", "Stat", false), ("gauge", "Gauge", false), ("table", "Table", true), ("heatmap", "Heatmap", true),
        ("barchart", "BarChart", true), ("candlestick", "Candlestick", true), ("state-timeline", "StateTimeline", true), ("xychart", "XYChart", true),
    ];

    [Fact]
    public async Task EveryDashboardIsOfGrafanasType()
    {
        var npm = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(p => Path.Combine(p, "npm")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(npm is null, "npm is not installed.");
        var folder = Directory.CreateTempSubdirectory("nbpy-schema-").FullName;
        try
        {
            var (code, said) = await RunAsync(npm, folder, "install", "--no-audit", "--no-fund", "@grafana/schema@" + GrafanaVersion, "typescript@5.6.3");
            Assert.SkipWhen(code != 0, "npm cannot fetch @grafana/schema: " + said);
            var text = new StringBuilder(Header);
            foreach (var (board, i) in Dashboards.All(Configurations.Seven(8086)).Select((d, i) => (d, i)))
                text.Append("export const d").Append(i).Append(": Open<Dashboard> = ").Append(board.ToJson().ToJsonString()).Append(";\n");
            Panels(text);
            // Types without an error here are types that were found: this line must fail.
            text.Append("// @ts-expect-error a title is text\nexport const wrong: Open<Dashboard> = { title: 1, schemaVersion: 41 };\n// @ts-expect-error no such setting\nexport const unknown: Deep<OStat> = { graphModus: 'area' };\n");
            await File.WriteAllTextAsync(Path.Combine(folder, "all.ts"), text.ToString(), TestContext.Current.CancellationToken);
            var (failed, errors) = await RunAsync(
                Path.Combine(folder, "node_modules", ".bin", "tsc"), folder, "--noEmit", "--skipLibCheck", "--strict", "--moduleResolution", "bundler", "--module", "esnext", "--target", "es2022", "all.ts");
            Assert.True(failed == 0, errors);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Panels(StringBuilder text)
    {
        text.Append(DeepHeader);
        foreach (var (type, file, hasFields) in PanelTypes)
            text.Append(CultureInfo.InvariantCulture, $"import type {{ Options as O{file}{(hasFields ? $", FieldConfig as F{file}" : "")} }} from './node_modules/@grafana/schema/dist/esm/raw/composable/{type.Replace("-", "", StringComparison.Ordinal)}/panelcfg/x/{file}PanelCfg_types.gen';\n");
        var number = 0;
        foreach (var panel in Dashboards.All(Configurations.Seven(8086)).SelectMany(d => d.ToJson()["panels"]!.AsArray()))
        {
            var (_, file, hasFields) = Assert.Single(PanelTypes, p => p.Type == panel!["type"]!.ToString());
            var said = panel!["title"]!.ToString().ReplaceLineEndings(" ");
            text.Append(CultureInfo.InvariantCulture, $"/* {said} */ export const o{number}: Deep<O{file}> = {panel["options"]!.ToJsonString()};\n");
            if (hasFields)
                text.Append(CultureInfo.InvariantCulture, $"/* {said} */ export const f{number}: Deep<F{file}> = {panel["fieldConfig"]!["defaults"]!["custom"]!.ToJsonString()};\n");
            number++;
        }
    }

    private static async Task<(int Code, string Said)> RunAsync(string program, string folder, params string[] arguments)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output + await error);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }
}
