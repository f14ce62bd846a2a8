using System.CommandLine;
using System.Text.Json;
using Nbpy.ServiceDefaults.Configuration;
using Nbpy.ServiceDefaults.Control;

namespace Nbpy.Cli.Host;

/// <summary><c>nbpy start|run|stop|restart|resource|status|describe|ps|logs|telemetry</c>: what is done with a running host, through its control socket.</summary>
internal static class HostCommands
{
    /// <summary>What a stop may take beyond the drain's own limit: a level that must be killed, containers, the closing report.</summary>
    private static readonly TimeSpan BeyondDrain = TimeSpan.FromSeconds(30);

    /// <summary>Commands that see to signals themselves, since what they started ends first.</summary>
    public static HashSet<Command> OwnSignals { get; } = [];

    /// <summary>The commands.</summary>
    public static IEnumerable<Command> Create()
    {
        var detach = new Option<bool>("--detach", "-d") { Description = "Start in the background; returns when everything is up (exit code 1 when it does not come up)." };
        var start = Starting("start", "Starts the whole system.", [detach], (r, c, t, rest) => new HostStart(c, r.GetValue(AppHostProgram.Option), rest).RunAsync(r.GetValue(detach), t));
        OwnSignals.Add(start);
        yield return start;
        var run = Starting("run", "Starts the whole system in this terminal, as 'start' does.", [], (r, c, t, rest) => new HostStart(c, r.GetValue(AppHostProgram.Option), rest).RunAsync(detach: false, t));
        OwnSignals.Add(run);
        yield return run;
        yield return Commands.Make("stop", "Stops the whole system in data-flow order; returns when it has stopped.", [], (_, c, t) => StopAsync(c, t));
        var service = new Argument<string?>("service") { Description = "One service; without it the whole system.", Arity = ArgumentArity.ZeroOrOne };
        yield return Commands.Make(
            "restart", "Restarts one service (its neighbours stay), or the whole system in the background, with the options it was started with.", [service, AppHostProgram.Option],
            (r, c, t) => RestartAsync(c, r.GetValue(service), r.GetValue(AppHostProgram.Option), t));
        var resource = new Argument<string>("service") { Description = "The service." };
        var command = new Argument<string>("command") { Description = "start, stop, restart, or a command of the service's own." };
        yield return Commands.Make("resource", "Gives one service a command.", [resource, command], (r, c, t) => CommandAsync(c, r.GetRequiredValue(resource), r.GetRequiredValue(command), t));
        var watch = new Option<bool>("--watch", "-w") { Description = "Show it again every second until Ctrl+C." };
        yield return Commands.Make(
            "status", "State, health, restarts, uptime, process, ports, processor time, memory, messages a second and lag of every service; the dashboard's address.",
            [watch, Commands.Json], (r, c, t) => StatusCommand.RunAsync(c, r.GetValue(watch), r.GetValue(Commands.Json), t));
        yield return DescribeCommand.Create();
        yield return DescribeCommand.CreateList();
        var which = new Argument<string?>("service") { Description = "One service; without it all.", Arity = ArgumentArity.ZeroOrOne };
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with new lines until Ctrl+C." };
        var since = new Option<string?>("--since") { Description = "Only lines of the last while (90s, 15m, 2h, 1d), or since a time (ISO 8601)." };
        yield return Commands.Make(
            "logs", "The logs of services.", [which, follow, since],
            (r, c, t) => LogsCommand.RunAsync(c, r.GetValue(which), r.GetValue(follow), r.GetValue(since), t));
        yield return TelemetryCommand.Create();
    }

    /// <summary>A command that passes what it does not know on to the host.</summary>
    private static Command Starting(string name, string description, IEnumerable<Symbol> symbols, Func<ParseResult, IntegrationConfig, CancellationToken, string[], Task<int>> run)
    {
        var rest = new Argument<string[]>("host-options") { Description = "Options of the host, as after 'dotnet run --project Nbpy.AppHost --'.", Arity = ArgumentArity.ZeroOrMore };
        var command = Commands.Make(name, description, [.. symbols, AppHostProgram.Option, rest], (r, c, t) => run(r, c, t, r.GetValue(rest) ?? []));
        command.TreatUnmatchedTokensAsErrors = false;
        return command;
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

        var limit = TimeSpan.FromSeconds(config.GracefulShutdown.TimeoutSeconds) + BeyondDrain;
        Console.WriteLine($"Stopping host {before.Pid} in order …");
        var start = TimeProvider.System.GetTimestamp();
        while (IsAlive(before.Pid))
        {
            if (TimeProvider.System.GetElapsedTime(start) > limit)
            {
                await Console.Error.WriteLineAsync($"It has not stopped within {limit.TotalSeconds:0} s (graceful_shutdown.timeout_seconds and {BeyondDrain.TotalSeconds:0} s more); 'kill -9 {before.Pid}' ends it, and its services with it.").ConfigureAwait(false);
                return 1;
            }

            await Task.Delay(100, cancellationToken).ConfigureAwait(false);
        }

        Console.WriteLine("Stopped.");
        return 0;
    }

    private static async Task<int> RestartAsync(IntegrationConfig config, string? service, string? appHost, CancellationToken cancellationToken)
    {
        if (service is not null)
            return await CommandAsync(config, service, "restart", cancellationToken).ConfigureAwait(false);
        using var client = new ControlClient(config);
        var arguments = (await client.StatusAsync(cancellationToken).ConfigureAwait(false))?.Arguments ?? [];

        // Found before it is stopped: a restart that only stops is worse than none.
        if (AppHostProgram.Find(config, appHost, out var problem) is null)
        {
            await Console.Error.WriteLineAsync(problem).ConfigureAwait(false);
            return 2;
        }

        var stopped = await StopAsync(config, cancellationToken).ConfigureAwait(false);
        if (stopped != 0)
            return stopped;
        Console.WriteLine(arguments.Count == 0 ? "Starting it again." : $"Starting it again with {string.Join(' ', arguments)}");
        return await new HostStart(config, appHost, arguments).RunAsync(detach: true, cancellationToken).ConfigureAwait(false);
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
