using System.CommandLine;
using System.Text.Json;
using Nbpy.ServiceDefaults.Configuration;
using Nbpy.ServiceDefaults.Control;

namespace Nbpy.Cli.Host;

/// <summary><c>nbpy start|stop|restart|status|logs|validate</c>: what is done with a running host, through its control socket.</summary>
internal static class HostCommands
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(60);

    /// <summary>The commands.</summary>
    public static IEnumerable<Command> Create()
    {
        var detach = new Option<bool>("--detach", "-d") { Description = "Start in the background; returns when everything is up (exit code 1 when it does not come up)." };
        var rest = new Argument<string[]>("host-options") { Description = "Options of the host, as after 'dotnet run --project Nbpy.AppHost --'.", Arity = ArgumentArity.ZeroOrMore };
        var start = Commands.Make(
            "start", "Starts the whole system.", [detach, rest], (r, c, t) => new HostStart(c, r.GetValue(rest) ?? []).RunAsync(r.GetValue(detach), t));
        start.TreatUnmatchedTokensAsErrors = false;
        yield return start;
        yield return Commands.Make("stop", "Stops the whole system in data-flow order; returns when it has stopped.", [], (_, c, t) => StopAsync(c, t));
        var service = new Argument<string?>("service") { Description = "One service; without it the whole system.", Arity = ArgumentArity.ZeroOrOne };
        yield return Commands.Make("restart", "Restarts one service (its neighbours stay), or the whole system.", [service], (r, c, t) => RestartAsync(c, r.GetValue(service), t));
        var resource = new Argument<string>("service") { Description = "The service." };
        var command = new Argument<string>("command") { Description = "start, stop or restart." };
        command.AcceptOnlyFromAmong("start", "stop", "restart");
        yield return Commands.Make("resource", "Starts, stops or restarts one service.", [resource, command], (r, c, t) => CommandAsync(c, r.GetRequiredValue(resource), r.GetRequiredValue(command), t));
        var watch = new Option<bool>("--watch", "-w") { Description = "Show it again every second until Ctrl+C." };
        yield return Commands.Make(
            "status", "State, health, restarts, uptime, process, ports, processor time, memory, messages a second and lag of every service.",
            [watch, Commands.Json], (r, c, t) => StatusCommand.RunAsync(c, r.GetValue(watch), r.GetValue(Commands.Json), t));
        var which = new Argument<string?>("service") { Description = "One service; without it all.", Arity = ArgumentArity.ZeroOrOne };
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with new lines until Ctrl+C." };
        var since = new Option<string?>("--since") { Description = "Only lines of the last while (90s, 15m, 2h, 1d), or since a time (ISO 8601)." };
        yield return Commands.Make(
            "logs", "The logs of services.", [which, follow, since],
            (r, c, t) => LogsCommand.RunAsync(c, r.GetValue(which), r.GetValue(follow), r.GetValue(since), t));
    }

    private static async Task<int> StopAsync(IntegrationConfig config, CancellationToken cancellationToken)
    {
        using var client = new ControlClient(config);
        var before = await client.StatusAsync(cancellationToken).ConfigureAwait(false);
        var answer = await client.StopAsync(cancellationToken).ConfigureAwait(false);
        if (!answer.Success || before is null)
        {
            await Console.Error.WriteLineAsync(answer.Message).ConfigureAwait(false);
            return 1;
        }

        Console.WriteLine($"Stopping host {before.Pid} in order …");
        var start = TimeProvider.System.GetTimestamp();
        while (IsAlive(before.Pid))
        {
            if (TimeProvider.System.GetElapsedTime(start) > StopLimit)
            {
                await Console.Error.WriteLineAsync($"It has not stopped within {StopLimit.TotalSeconds:0} s; 'kill -9 {before.Pid}' ends it, and its services with it.").ConfigureAwait(false);
                return 1;
            }

            await Task.Delay(100, cancellationToken).ConfigureAwait(false);
        }

        Console.WriteLine("Stopped.");
        return 0;
    }

    private static async Task<int> RestartAsync(IntegrationConfig config, string? service, CancellationToken cancellationToken)
    {
        if (service is not null)
            return await CommandAsync(config, service, "restart", cancellationToken).ConfigureAwait(false);
        var stopped = await StopAsync(config, cancellationToken).ConfigureAwait(false);
        return stopped != 0 ? stopped : await new HostStart(config, []).RunAsync(detach: true, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<int> CommandAsync(IntegrationConfig config, string service, string command, CancellationToken cancellationToken)
    {
        using var client = new ControlClient(config);
        var answer = await client.CommandAsync(service, command, cancellationToken).ConfigureAwait(false);
        if (answer.Success)
            Console.WriteLine($"{service}: {command} done.");
        else
            await Console.Error.WriteLineAsync(answer.Message).ConfigureAwait(false);
        return answer.Success ? 0 : 1;
    }

    internal static bool IsAlive(int pid)
    {
        try
        {
            using var process = System.Diagnostics.Process.GetProcessById(pid);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            // No such process.
            return false;
        }
    }
}
