using System.CommandLine;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Nbpy.Influx;
using Nbpy.ServiceDefaults.Configuration;
using Nbpy.ServiceDefaults.Control;

namespace Nbpy.Cli.Host;

/// <summary><c>nbpy doctor</c>: what a start needs, checked one by one, each with the mend.</summary>
internal static class DoctorCommand
{
    private const long LeastFreeBytes = 1L << 30;

    public static Command Create() => Commands.Make("doctor", "Checks what a start needs: configuration, ports, disk, container runtime, store.", [], RunAsync);

    private static async Task<int> RunAsync(ParseResult result, IntegrationConfig config, CancellationToken cancellationToken)
    {
        var well = true;
        void Say(bool? ok, string what)
        {
            Console.WriteLine($"{(ok == true ? "✓" : ok == false ? "✗" : "·")} {what}");
            well &= ok != false;
        }

        Say(true, $"configuration {config.Path}: {config.EnabledPublishers.Count()} publishers, {config.EnabledSubscribers.Count()} subscribers");
        using var client = new ControlClient(config);
        var running = await client.StatusAsync(cancellationToken).ConfigureAwait(false);
        Say(null, running is null ? "no host runs" : $"a host runs: process {running.Pid}");
        if (running is null)
            foreach (var (port, what) in config.EnabledPublishers.SelectMany(p => new[] { (p.Port, p.Name), (Port: p.EffectiveReplayPort, Name: p.Name + ", replay") })
                .Append((config.Grafana.Port, "grafana")).Where(p => p.Item1 > 0 && !IsFree(p.Item1)))
                Say(false, $"port {port} ({what}) is taken; stop what holds it, or change the configuration");
        var folder = new DirectoryInfo(config.System.DataDir);
        while (!folder.Exists && folder.Parent is not null)
            folder = folder.Parent;
        var free = new DriveInfo(folder.FullName).AvailableFreeSpace;
        Say(free > LeastFreeBytes, $"{free >> 20:N0} MB free for {config.System.DataDir}{(free > LeastFreeBytes ? "" : "; make room, or set system.data_dir")}");
        var runtime = await RuntimeAsync(cancellationToken).ConfigureAwait(false);
        Say(null, runtime is null ? "no container runtime answers: the embedded parts are used" : $"{runtime} answers: containers can be used");
        using var influx = new InfluxClient(new InfluxOptions { Url = new Uri(config.InfluxDb.Url), Database = config.InfluxDb.Database, Timeout = TimeSpan.FromSeconds(3) });
        var answers = await influx.PingAsync(cancellationToken).ConfigureAwait(false);
        Say(config.InfluxDb.Mode == PartMode.External || running is not null ? answers : null, $"the store at {config.InfluxDb.Url} {(answers ? "answers" : "does not answer")}");
        return well ? 0 : 1;
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

    private static async Task<string?> RuntimeAsync(CancellationToken cancellationToken)
    {
        foreach (var name in (string[])["docker", "podman"])
        {
            try
            {
                using var process = Process.Start(new ProcessStartInfo(name, ["info", "--format", "ok"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                limit.CancelAfter(TimeSpan.FromSeconds(5));
                await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
                if (process.ExitCode == 0)
                    return name;
            }
            catch (Exception e) when (e is System.ComponentModel.Win32Exception or OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                // Not there, or silent: the next.
            }
        }

        return null;
    }
}
