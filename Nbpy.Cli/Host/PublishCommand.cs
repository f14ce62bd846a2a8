using System.CommandLine;
using System.Diagnostics;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Cli.Host;

/// <summary><c>nbpy publish</c>: the app host's own verb, from anywhere. And what Aspire's command line has beside it, <c>deploy</c> and
/// <c>do</c>, in a clear word.</summary>
internal static class PublishCommand
{
    private const string HowToDeploy =
        "NBPY deploys nothing itself: 'nbpy publish -o DIR' (or --target kubernetes) writes the files; 'docker compose up -d', or 'kubectl apply -k', in that folder deploys them (docs/deployment.md).";

    public static IEnumerable<Command> Create()
    {
        var output = new Option<string?>("--output", "-o") { Description = "The folder (default: that of docker.compose_file; for Kubernetes its folder 'kubernetes')." };
        var target = new Option<string?>("--target") { Description = "compose or kubernetes (default: compose)." };
        var influx = new Option<string?>("--influx") { Description = "container or embedded (default: container)." };
        var grafana = new Option<string?>("--grafana") { Description = "container or viewer (default: container)." };
        var source = new Option<string?>("--source") { Description = "simulated, replay, live or auto." };
        Option<string?>[] options = [output, target, influx, grafana, source];
        Task<int> Publish(ParseResult result, IntegrationConfig config, CancellationToken cancellationToken)
        {
            List<string> arguments = ["publish", "--config", config.Path];
            foreach (var option in options)
                if (result.GetValue(option) is { } value)
                    arguments.AddRange([option.Name, option == output ? Path.GetFullPath(value) : value]);
            return RunAsync(config, result.GetValue(AppHostProgram.Option), arguments, cancellationToken);
        }

        yield return Commands.Make(
            "publish", "Writes a Compose file, or manifests for Kubernetes, and what belongs to it; starts nothing.", [.. options, AppHostProgram.Option], Publish);
        var step = new Argument<string>("step") { Description = "publish; this host has no other." };
        yield return Commands.Make("do", "Aspire's word for one step of publishing: 'do publish' is 'publish'.", [step, .. options, AppHostProgram.Option], (r, c, t) =>
            r.GetRequiredValue(step) == "publish" ? Publish(r, c, t) : RefuseAsync($"There is no step '{r.GetRequiredValue(step)}', only 'publish'. {HowToDeploy}"));
        var deploy = new Command("deploy", "Says how what was published is deployed; deploys nothing.") { TreatUnmatchedTokensAsErrors = false };
        deploy.SetAction((_, _) => RefuseAsync(HowToDeploy));
        yield return deploy;
    }

    private static async Task<int> RefuseAsync(string message)
    {
        await Console.Error.WriteLineAsync(message).ConfigureAwait(false);
        return 2;
    }

    private static async Task<int> RunAsync(IntegrationConfig config, string? appHost, List<string> arguments, CancellationToken cancellationToken)
    {
        if (AppHostProgram.Find(config, appHost, out var problem) is not { } host)
            return await RefuseAsync(problem).ConfigureAwait(false);
        using var process = Process.Start(new ProcessStartInfo(host.Command, [.. host.Arguments, .. arguments]))!;
        await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        return process.ExitCode;
    }
}
