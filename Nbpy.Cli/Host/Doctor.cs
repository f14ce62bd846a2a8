using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Nbpy.Influx;
using Nbpy.ServiceDefaults.Configuration;
using Nbpy.ServiceDefaults.Control;

namespace Nbpy.Cli.Host;

/// <summary>The checks of <c>nbpy doctor</c>, over a valid configuration.</summary>
internal sealed class Doctor(IntegrationConfig config, string? appHost)
{
    private const long LeastFreeBytes = 1L << 30;
    private const int DashboardPort = 18888;
    private const int LeastSdk = 10;
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    public async Task<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        var host = AppHostProgram.Find(config, appHost, out var problem);
        findings.Add(host is null ? new Finding("app-host", null, problem) : new Finding("app-host", true, $"app host: {string.Join(' ', [host.Command, .. host.Arguments])}"));
        findings.Add(await SdkAsync(isNeeded: host?.Arguments.Contains("run") == true, cancellationToken).ConfigureAwait(false));
        var (status, hostFinding) = await HostAsync(cancellationToken).ConfigureAwait(false);
        findings.Add(hostFinding);
        if (status is null)
            findings.AddRange(Ports());
        findings.Add(Disk());
        var runtime = await RuntimeAsync(cancellationToken).ConfigureAwait(false);
        findings.Add(runtime);
        findings.Add(await StoreAsync(isRunning: status is not null, cancellationToken).ConfigureAwait(false));
        return findings;
    }

    private async Task<(HostStatus? Status, Finding Finding)> HostAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var client = new ControlClient(config);
            var status = await client.StatusAsync(cancellationToken).ConfigureAwait(false);
            return (status, new Finding("host", null, status is null ? "no host runs" : $"a host runs: process {status.Pid}"));
        }
        catch (Exception e) when (e is IOException or ConfigurationException)
        {
            return (null, new Finding("host", false, e is ConfigurationException { Errors: [var error, ..] } ? error.Message : e.Message));
        }
    }

    private static async Task<Finding> SdkAsync(bool isNeeded, CancellationToken cancellationToken)
    {
        var (code, output) = await RunAsync("dotnet", ["--list-sdks"], cancellationToken).ConfigureAwait(false);
        var versions = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(' ')[0]).ToList();
        var found = code == 0 ? versions.LastOrDefault(v => int.TryParse(v.Split('.')[0], out var major) && major >= LeastSdk) : null;
        return found is not null
            ? new Finding("sdk", true, $".NET SDK {found}")
            : new Finding("sdk", isNeeded ? false : null, $"no .NET SDK {LeastSdk} on the PATH{(versions.Count > 0 ? $" (there is {string.Join(", ", versions)})" : "")}; install it to start from a clone, or name a built app host with --app-host");
    }

    private IEnumerable<Finding> Ports()
    {
        var needed = config.EnabledPublishers.SelectMany(p => new[] { (p.Port, What: p.Name), (Port: p.EffectiveReplayPort, What: p.Name + ", replay") }).ToList();
        if (config.InfluxDb.Mode != PartMode.External)
            needed.Add((config.InfluxDb.Port, "influxdb"));
        if (config.Grafana.Mode != PartMode.External)
            needed.Add((config.Grafana.Port, "grafana"));
        var taken = needed.Where(p => p.Port > 0 && !IsFree(p.Port)).ToList();
        foreach (var (port, what) in taken)
            yield return new Finding("port", false, $"port {port} ({what}) is taken; stop what holds it, or change the configuration");
        if (taken.Count == 0)
            yield return new Finding("port", true, $"{needed.Count(p => p.Port > 0)} ports are free");
        if (!IsFree(DashboardPort))
            yield return new Finding("port", null, $"port {DashboardPort} (the dashboard's usual one) is taken; the host takes a free one and prints it");
    }

    private Finding Disk()
    {
        var folder = new DirectoryInfo(config.System.DataDir);
        while (!folder.Exists && folder.Parent is not null)
            folder = folder.Parent;
        try
        {
            var free = new DriveInfo(folder.FullName).AvailableFreeSpace;
            var isEnough = free > LeastFreeBytes;
            return new Finding("disk", isEnough, $"{free >> 20:N0} MB free for {config.System.DataDir}{(isEnough ? "" : "; make room, or set system.data_dir")}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return new Finding("disk", false, $"the free space for {config.System.DataDir} cannot be told: {e.Message}; set system.data_dir");
        }
    }

    /// <summary>By the same rule as the host: the one asked for, else docker, else podman; the one that answers.</summary>
    private async Task<Finding> RuntimeAsync(CancellationToken cancellationToken)
    {
        foreach (var name in ContainerRuntimes.Tried)
            if ((await RunAsync(name, ["info", "--format", "ok"], cancellationToken).ConfigureAwait(false)).ExitCode == 0)
                return new Finding("runtime", true, $"{name} answers: containers can be used");
        var isForced = config.InfluxDb.Mode == PartMode.Container || config.Grafana.Mode == PartMode.Container;
        return new Finding("runtime", isForced ? false : null, isForced
            ? $"no container runtime answers{(ContainerRuntimes.Asked is { } asked ? $" ({asked})" : "")}, and the configuration asks for a container; start the engine, or choose the embedded part"
            : "no container runtime answers: the embedded parts are used");
    }

    private async Task<Finding> StoreAsync(bool isRunning, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(config.InfluxDb.Url, UriKind.Absolute, out var url))
            return new Finding("store", false, $"'{config.InfluxDb.Url}' is no address; mend influxdb.host and influxdb.port");
        using var influx = new InfluxClient(new InfluxOptions { Url = url, Database = config.InfluxDb.Database, Timeout = TimeSpan.FromSeconds(3) });
        var answers = await influx.PingAsync(cancellationToken).ConfigureAwait(false);
        var isExpected = config.InfluxDb.Mode == PartMode.External || isRunning;
        return new Finding("store", isExpected ? answers : null, $"the store at {url} {(answers ? "answers" : isExpected ? "does not answer; start it, or mend influxdb.host and influxdb.port" : "does not answer: it is started with the host")}");
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            // Taken: that is the answer.
            return false;
        }
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(string command, string[] arguments, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(AnswerLimit);
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            try
            {
                var output = process.StandardOutput.ReadToEndAsync(limit.Token);
                var error = process.StandardError.ReadToEndAsync(limit.Token);
                await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
                await error.ConfigureAwait(false);
                return (process.ExitCode, await output.ConfigureAwait(false));
            }
            finally
            {
                if (!process.HasExited)
                    process.Kill(entireProcessTree: true);
            }
        }
        catch (Exception e) when (e is Win32Exception || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // Not there, or silent.
            return (-1, "");
        }
    }
}
