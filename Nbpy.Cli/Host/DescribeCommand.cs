using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Nbpy.ServiceDefaults.Configuration;
using Nbpy.ServiceDefaults.Control;

namespace Nbpy.Cli.Host;

/// <summary><c>nbpy describe</c>: everything the host knows of a service. <c>nbpy ps</c>: which hosts run on this machine.</summary>
internal static class DescribeCommand
{
    public static Command Create()
    {
        var service = new Argument<string?>("service") { Description = "One service; without it all of them, as 'status' shows them.", Arity = ArgumentArity.ZeroOrOne };
        return Commands.Make("describe", "Everything the host knows of a service: state, health, process, ports, counters.", [service, Commands.Json], (r, c, t) =>
            r.GetValue(service) is { } name ? DescribeAsync(c, name, r.GetValue(Commands.Json), t) : StatusCommand.RunAsync(c, watch: false, r.GetValue(Commands.Json), t));
    }

    public static Command CreateList() => Commands.Make(
        "ps", "The hosts that run on this machine with sockets in this configuration's system.socket_dir.", [Commands.Json], (r, c, t) => ListAsync(c, r.GetValue(Commands.Json), t));

    private static async Task<int> DescribeAsync(IntegrationConfig config, string name, bool json, CancellationToken cancellationToken)
    {
        using var client = new ControlClient(config);
        if (await client.StatusAsync(cancellationToken).ConfigureAwait(false) is not { } status)
            return await FailAsync(client.NoHost(config)).ConfigureAwait(false);
        if (Find(status, name) is not { } service)
            return await FailAsync($"There is no service '{name}'; there are {string.Join(", ", status.Services.Select(s => s.Name))}.").ConfigureAwait(false);
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(service, StatusCommand.Pretty));
            return 0;
        }

        void Say(string what, string? value)
        {
            if (value is { Length: > 0 } and not "-")
                Console.WriteLine($"{what,-20} {value}");
        }

        Say("service", service.Name);
        Say("state", service.State);
        Say("healthy", service.Healthy switch { true => "yes", false => "no", null => null });
        Say("reason", service.Reason);
        Say("restarts", service.Restarts.ToString(CultureInfo.InvariantCulture));
        Say("uptime, s", StatusCommand.Or(service.UptimeSeconds));
        Say("process", StatusCommand.Or(service.Pid));
        Say("exit code", StatusCommand.Or(service.ExitCode));
        foreach (var (port, number) in service.Ports)
            Say($"port {port}", number.ToString(CultureInfo.InvariantCulture));
        Say("CPU, % of a core", StatusCommand.Or(service.CpuPercent));
        Say("memory, MB", StatusCommand.Or(service.MemoryBytes / 1024.0 / 1024));
        Say("messages/s", StatusCommand.Or(service.MessagesPerSecond));
        foreach (var (counter, value) in service.Counters)
            Say(counter, value.ToString("N0", CultureInfo.InvariantCulture));
        return 0;
    }

    private static async Task<int> ListAsync(IntegrationConfig config, bool json, CancellationToken cancellationToken)
    {
        var running = new List<HostStatus>();
        foreach (var socket in ControlAddress.All(config.System.SocketDir))
        {
            using var client = new ControlClient(socket);
            try
            {
                if (await client.StatusAsync(cancellationToken).ConfigureAwait(false) is { } status)
                    running.Add(status);
            }
            catch (IOException e)
            {
                // One that hangs hides none of the others.
                await Console.Error.WriteLineAsync(e.Message).ConfigureAwait(false);
            }
        }

        if (json)
            Console.WriteLine(JsonSerializer.Serialize(running.Select(s => new { s.Pid, s.Started, s.Config, s.Dashboard, Services = s.Services.Count, Well = s.Services.Count(StatusCommand.IsWell) }), StatusCommand.Pretty));
        else if (running.Count == 0)
            Console.WriteLine($"No host runs with a socket in {config.System.SocketDir}.");
        else
            foreach (var s in running)
                Console.WriteLine($"{s.Pid,8}  since {s.Started.ToLocalTime():yyyy-MM-dd HH:mm:ss}  {s.Services.Count(StatusCommand.IsWell)} of {s.Services.Count} well  {s.Config}{(s.Dashboard is { } d ? $"  {d}" : "")}");
        return 0;
    }

    /// <summary>By its name, with hyphens or underscores.</summary>
    internal static ServiceStatus? Find(HostStatus status, string name) =>
        status.Services.FirstOrDefault(s => string.Equals(s.Name, name.Replace('_', '-'), StringComparison.OrdinalIgnoreCase));

    private static async Task<int> FailAsync(string message)
    {
        await Console.Error.WriteLineAsync(message).ConfigureAwait(false);
        return 1;
    }
}
