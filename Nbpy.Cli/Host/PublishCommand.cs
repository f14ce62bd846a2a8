using System.CommandLine;
using System.Diagnostics;

namespace Nbpy.Cli.Host;

/// <summary><c>nbpy publish</c>: the app host's own verb, from anywhere.</summary>
internal static class PublishCommand
{
    public static Command Create()
    {
        var output = new Option<string?>("--output", "-o") { Description = "The folder (default: that of docker.compose_file; for Kubernetes its folder 'kubernetes')." };
        var target = new Option<string?>("--target") { Description = "compose or kubernetes (default: compose)." };
        var influx = new Option<string?>("--influx") { Description = "container or embedded (default: container)." };
        var grafana = new Option<string?>("--grafana") { Description = "container or viewer (default: container)." };
        var source = new Option<string?>("--source") { Description = "simulated, replay, live or auto." };
        return Commands.Make("publish", "Writes a Compose file, or manifests for Kubernetes, and what belongs to it; starts nothing.", [output, target, influx, grafana, source], async (r, config, cancellationToken) =>
        {
            if (HostStart.FindHost(config) is not { } host)
            {
                await Console.Error.WriteLineAsync("There is no Nbpy.AppHost beside the configuration or above the present folder; give --config, or run it from the project.").ConfigureAwait(false);
                return 2;
            }

            List<string> arguments = ["run", "--project", host, "--", "publish", "--config", config.Path];
            foreach (var (name, value) in ((string, string?)[])[("-o", r.GetValue(output) is { } o ? Path.GetFullPath(o) : null), ("--target", r.GetValue(target)), ("--influx", r.GetValue(influx)), ("--grafana", r.GetValue(grafana)), ("--source", r.GetValue(source))])
                if (value is not null)
                    arguments.AddRange([name, value]);
            using var process = Process.Start(new ProcessStartInfo("dotnet", arguments))!;
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            return process.ExitCode;
        });
    }
}
