using System.Diagnostics;
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
            // Types without an error here are types that were found: this line must fail.
            text.Append("// @ts-expect-error a title is text\nexport const wrong: Open<Dashboard> = { title: 1, schemaVersion: 41 };\n");
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
