using System.Diagnostics;
using System.Text.Json.Nodes;
using Nbpy.AppHost.Tests.Kubernetes;

namespace Nbpy.AppHost.Tests.Cli;

/// <summary><c>nbpy</c> without a system: a small script stands in for the app host.</summary>
public sealed class CommandTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);
    private static readonly string Nbpy = Published.Program("Nbpy.Cli", "nbpy");
    private readonly string folder = Directory.CreateTempSubdirectory("nbpy-cli-").FullName;

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task A_start_in_the_foreground_passes_the_signal_on_once_and_waits_for_the_drain(string signal)
    {
        // Drains for longer than the two seconds that a command line usually grants.
        var host = Script("trap 'echo draining; for i in 1 2 3 4 5 6; do sleep 0.5; done; echo drained; exit 7' TERM; trap 'echo interrupted; exit 8' INT; echo \"args: $*\"; while :; do sleep 0.1; done");
        using var nbpy = Process.Start(new ProcessStartInfo(Nbpy, ["run", "--config", Config(), "--app-host", host, "--source", "replay"])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder,
        })!;
        Assert.Equal($"args: --config {Config()} --source replay", await nbpy.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        await Shell.MustAsync(folder, Limit, "kill", "-" + signal, nbpy.Id.ToString(System.Globalization.CultureInfo.InvariantCulture));
        var rest = await nbpy.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(Limit, TestContext.Current.CancellationToken);
        await nbpy.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Limit, TestContext.Current.CancellationToken);
        Assert.Equal("draining\ndrained\n", rest);
        Assert.Equal(7, nbpy.ExitCode);
    }

    [Fact]
    public async Task A_detached_host_that_does_not_come_up_is_told_with_its_last_lines_in_a_log_that_only_its_owner_reads()
    {
        var host = Script("echo 'Port 8086 is taken'; exit 1");
        var (code, output) = await RunAsync("start", "--detach", "--app-host", host);
        Assert.Equal(1, code);
        Assert.Contains("exit code 1:\nPort 8086 is taken", output, StringComparison.Ordinal);
        var log = Path.Combine(folder, "logs", "host.log");
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(log));
        await RunAsync("start", "--detach", "--app-host", host);
        Assert.Equal("Port 8086 is taken\n", await File.ReadAllTextAsync(Path.Combine(folder, "logs", "host.1.log"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Without_an_app_host_the_commands_that_need_one_say_how_to_name_it()
    {
        foreach (var command in (string[])["start", "run", "publish", "restart"])
        {
            var (code, output) = await RunAsync(command, "--app-host", "/nowhere");
            Assert.Equal(2, code);
            Assert.Contains("There is no app host at /nowhere", output, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Publish_and_do_hand_over_to_the_app_host_and_deploy_says_what_deploys()
    {
        var host = Script("echo \"args: $*\"");
        var (code, output) = await RunAsync("publish", "-o", "out", "--target", "kubernetes", "--app-host", host);
        Assert.Equal(0, code);
        Assert.Equal($"args: publish --config {Config()} --output {Path.Combine(folder, "out")} --target kubernetes\n", output);
        Assert.Equal(0, (await RunAsync("do", "publish", "--app-host", host)).ExitCode);
        (code, output) = await RunAsync("do", "push");
        Assert.True(code == 2 && output.Contains("no step 'push'", StringComparison.Ordinal), output);
        (code, output) = await RunAsync("deploy", "--clear-cache");
        Assert.True(code == 2 && output.Contains("docker compose up -d", StringComparison.Ordinal), output);
    }

    [Fact]
    public async Task Doctor_examines_and_says_it_as_JSON()
    {
        var (code, output) = await RunAsync("doctor", "--json", "--app-host", Script("exit 0"));
        var findings = JsonNode.Parse(output)!.AsArray();
        Assert.Equal(["app-host", "configuration", "disk", "host", "port", "runtime", "sdk", "store"], findings.Select(f => f!["check"]!.GetValue<string>()).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(findings.Any(f => f!["ok"]?.GetValue<bool>() == false) ? 1 : 0, code);

        var wrong = Path.Combine(folder, "wrong.json");
        await File.WriteAllTextAsync(wrong, """{ "publishers": [ { "name": "a" } ] }""", TestContext.Current.CancellationToken);
        (code, output) = await Shell.RunAsync(folder, Limit, Nbpy, "doctor", "--json", "--config", wrong);
        Assert.Equal(2, code);
        Assert.All(JsonNode.Parse(output)!.AsArray(), f => Assert.Equal("configuration", f!["check"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_shell_completes_commands()
    {
        var (code, script) = await Shell.RunAsync(folder, Limit, Nbpy, "completion", "bash");
        Assert.Equal(0, code);
        var probe = $"""
            PATH={Path.GetDirectoryName(Nbpy)}:$PATH
            {script}
            COMP_LINE='nbpy sta'; COMP_POINT=8; COMP_WORDS=(nbpy sta); COMP_CWORD=1
            _nbpy; printf '%s\n' "{"${COMPREPLY[@]}"}"
            """;
        Assert.Equal("start\nstatus\n", await Shell.MustAsync(folder, Limit, "bash", "-c", probe));
        foreach (var shell in (string[])["zsh", "fish"])
            Assert.Contains("[suggest:", await Shell.MustAsync(folder, Limit, Nbpy, "completion", shell), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "--since is 'yesterday'", "logs", "--since", "yesterday")]
    [InlineData(1, "No host runs", "status")]
    [InlineData(1, "No host runs", "describe", "kraken_tick")]
    [InlineData(1, "No host runs", "telemetry", "logs")]
    [InlineData(0, "No host runs", "ps")]
    [InlineData(1, "No host runs", "wait", "influxdb", "--timeout", "1")]
    [InlineData(0, "met after", "wait", "influxdb", "--status", "down")]
    [InlineData(2, "nonsense", "nonsense")]
    public async Task Without_a_host_each_says_so_with_its_exit_code(int expected, string said, params string[] args)
    {
        var (code, output) = await RunAsync(args);
        Assert.True(code == expected && output.Contains(said, StringComparison.Ordinal), $"{code}: {output}");
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private Task<(int ExitCode, string Output)> RunAsync(params string[] args) => Shell.RunAsync(folder, Limit, Nbpy, [.. args, "--config", Config()]);

    private string Config()
    {
        var path = Path.Combine(folder, "integration_config.json");
        if (File.Exists(path))
            return path;
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(Shell.Root, "integration_config.json")))!;
        config["system"]!["socket_dir"] = Path.Combine(folder, "run");
        config["system"]!["log_dir"] = Path.Combine(folder, "logs");
        config["system"]!["data_dir"] = Path.Combine(folder, "data");
        File.WriteAllText(path, config.ToJsonString());
        return path;
    }

    private string Script(string text)
    {
        var path = Path.Combine(folder, "app-host");
        File.WriteAllText(path, $"#!/bin/sh\n{text}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}
