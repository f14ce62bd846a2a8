using System.CommandLine;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost;

/// <summary>The host's own options. A part's mode is asked for by option, else by the configuration, else <c>auto</c>.</summary>
/// <param name="Source">Where publishers' messages come from, for those that name no source.</param>
/// <param name="Influx">Which store.</param>
/// <param name="Grafana">Which viewer.</param>
/// <param name="ExitAfterValidation">Stop when validation has ended, with its exit code.</param>
/// <param name="OutputPath">Absolute; where the Compose file goes instead of running. Null: run.</param>
/// <param name="KubernetesPath">Absolute; where manifests for Kubernetes go, made of the Compose file. Null: the Compose file is what is wanted.</param>
internal sealed record HostOptions(
    SourceKind Source, PartMode Influx, PartMode Grafana, bool ExitAfterValidation, string? OutputPath, string? KubernetesPath = null)
{
    /// <summary>True: write manifests, start nothing.</summary>
    public bool IsPublish => OutputPath is not null;

    /// <summary>What the application builder is given: in publish mode the words that Aspire's own command line uses.</summary>
    public string[] BuilderArguments => OutputPath is null ? [] : ["--operation", "publish", "--step", "publish", "--output-path", OutputPath];

    /// <summary>Parses the arguments and loads the configuration they name.</summary>
    /// <returns>Options and configuration, or nothing and the exit code: 0 after <c>--help</c>, 2 after an error, which is printed.</returns>
    public static (HostOptions? Options, IntegrationConfig? Config, int ExitCode) Load(string[] args)
    {
        var config = new Option<string?>("--config") { Description = "The configuration file (default: CONFIG_PATH, or the nearest integration_config.json)." };
        var source = new Option<string>("--source") { Description = "simulated (made-up prices), replay, live, or auto: live where the venue needs no credentials or has them, else simulated.", DefaultValueFactory = _ => "simulated" };
        var influx = new Option<string?>("--influx") { Description = "auto, embedded, container or external (default: influxdb.mode)." };
        var grafana = new Option<string?>("--grafana") { Description = "auto, viewer, container or external (default: grafana.mode)." };
        var exitAfter = new Option<string?>("--exit-after") { Description = "validation: stop everything when validation has ended, with its exit code." };
        source.AcceptOnlyFromAmong("simulated", "replay", "live", "auto");
        influx.AcceptOnlyFromAmong("auto", "embedded", "container", "external");
        grafana.AcceptOnlyFromAmong("auto", "viewer", "embedded", "container", "external");
        exitAfter.AcceptOnlyFromAmong("validation");
        foreach (var option in (Option[])[config, source, influx, grafana])
            option.Recursive = true;

        // Aspire's own words for publishing, which its command line sends.
        var operation = new Option<string>("--operation") { Hidden = true, DefaultValueFactory = _ => "run" };
        var step = new Option<string?>("--step") { Hidden = true };
        var outputPath = new Option<string?>("--output-path") { Hidden = true };
        operation.AcceptOnlyFromAmong("run", "publish");
        step.AcceptOnlyFromAmong("publish");
        var target = new Option<string>("--target") { Description = "compose or kubernetes.", DefaultValueFactory = _ => "compose" };
        target.AcceptOnlyFromAmong("compose", "kubernetes");
        var root = new RootCommand(
            "Streams market data from publishers through ZeroMQ into InfluxDB, validates the whole pipeline and shows it. Ctrl+C stops it without losing a message; a second Ctrl+C kills it.")
        {
            config, source, influx, grafana, exitAfter, operation, step, outputPath,
        };
        var output = new Option<string?>("--output", "-o") { Description = "The folder (default: that of docker.compose_file; for Kubernetes its folder 'kubernetes')." };
        var publish = new Command("publish", "Writes a Compose file, or manifests for Kubernetes, and what belongs to it, and starts nothing.") { output, target };
        root.Subcommands.Add(publish);

        (HostOptions? Options, IntegrationConfig? Config, int ExitCode) loaded = (null, null, 0);
        HostOptions Choose(ParseResult result, IntegrationConfig settings, string? folder) => new(
            Enum.Parse<SourceKind>(result.GetRequiredValue(source), ignoreCase: true),
            Mode(result.GetValue(influx)) ?? settings.InfluxDb.Mode,
            Mode(result.GetValue(grafana)) ?? settings.Grafana.Mode,
            result.GetValue(exitAfter) is not null,
            folder);
        HostOptions Publish(ParseResult result, IntegrationConfig settings)
        {
            var folder = result.GetValue(output);
            var beside = Path.GetDirectoryName(settings.Docker.ComposeFile)!;
            return result.GetValue(target) == "compose"
                ? Choose(result, settings, Path.GetFullPath(folder ?? beside))
                : Choose(result, settings, Directory.CreateTempSubdirectory("nbpy-publish-").FullName) with { KubernetesPath = Path.GetFullPath(folder ?? Path.Combine(beside, "kubernetes")) };
        }

        root.SetAction(result => loaded = Load(result.GetValue(config), settings => Choose(
            result, settings, result.GetValue(operation) == "publish" ? Path.GetFullPath(result.GetValue(outputPath) ?? "aspire-output") : null)));
        publish.SetAction(result => loaded = Load(result.GetValue(config), settings => Publish(result, settings)));
        var parsed = root.Parse(args);
        parsed.Invoke();
        return parsed.Errors.Count > 0 ? (null, null, 2) : loaded;
    }

    private static (HostOptions?, IntegrationConfig?, int) Load(string? path, Func<IntegrationConfig, HostOptions> choose)
    {
        try
        {
            var config = ConfigurationLoader.Load(path);
            return (choose(config), config, 0);
        }
        catch (ConfigurationException e)
        {
            ConfigurationReport.Write(e, Console.Error);
            return (null, null, 2);
        }
    }

    private static PartMode? Mode(string? text) => text switch
    {
        null => null,
        "viewer" => PartMode.Embedded,
        _ => Enum.Parse<PartMode>(text, ignoreCase: true),
    };
}
