using System.CommandLine;
using System.CommandLine.Parsing;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost;

/// <summary>The words of the host's command line: its own, and those that Aspire's command line sends.</summary>
internal sealed class HostCommandLine
{
    private readonly Option<string?> config = new("--config") { Description = "The configuration file (default: CONFIG_PATH, or the nearest integration_config.json)." };
    private readonly Option<string> source = new("--source") { Description = "simulated (made-up prices), replay, live, or auto: live where the venue needs no credentials or has them, else simulated.", DefaultValueFactory = _ => "simulated" };
    private readonly Option<string?> influx = new("--influx") { Description = "auto, embedded, container or external (default: influxdb.mode)." };
    private readonly Option<string?> grafana = new("--grafana") { Description = "auto, viewer, container or external (default: grafana.mode)." };
    private readonly Option<string?> exitAfter = new("--exit-after") { Description = "validation: stop everything when validation has ended, with its exit code." };
    private readonly Option<string?> output = new("--output", "-o") { Description = "The folder (default: that of docker.compose_file; for Kubernetes its folder 'kubernetes')." };
    private readonly Option<string> target = new("--target") { Description = "compose or kubernetes.", DefaultValueFactory = _ => "compose" };

    // Aspire's own words, which its command line sends.
    private readonly Option<string> operation = new("--operation") { Hidden = true, DefaultValueFactory = _ => "run" };
    private readonly Option<string?> step = new("--step") { Hidden = true };
    private readonly Option<string?> outputPath = new("--output-path") { Hidden = true };
    private readonly Option<string?> logLevel = new("--log-level") { Hidden = true };
    private readonly Option<string?> environment = new("--environment") { Hidden = true };
    private readonly Option<bool> exceptionDetails = new("--include-exception-details") { Hidden = true, Arity = ArgumentArity.ZeroOrOne };

    private readonly RootCommand root = new(
        "Streams market data from publishers through ZeroMQ into InfluxDB, validates the whole pipeline and shows it. Ctrl+C stops it without losing a message; a second Ctrl+C kills it.");

    private readonly Command publish = new("publish", "Writes a Compose file, or manifests for Kubernetes, and what belongs to it, and starts nothing.");
    private (HostOptions? Options, IntegrationConfig? Config, int ExitCode) loaded = (null, null, 0);

    public HostCommandLine()
    {
        source.AcceptOnlyFromAmong("simulated", "replay", "live", "auto");
        influx.AcceptOnlyFromAmong("auto", "embedded", "container", "external");
        grafana.AcceptOnlyFromAmong("auto", "viewer", "embedded", "container", "external");
        exitAfter.AcceptOnlyFromAmong("validation");
        operation.AcceptOnlyFromAmong("run", "publish");
        step.Validators.Add(NameTheSteps);
        target.AcceptOnlyFromAmong("compose", "kubernetes");
        foreach (var option in (Option[])[config, source, influx, grafana, logLevel, environment, exceptionDetails])
        {
            option.Recursive = true;
            root.Options.Add(option);
        }

        foreach (var option in (Option[])[exitAfter, operation, step, outputPath])
            root.Options.Add(option);
        publish.Options.Add(output);
        publish.Options.Add(target);
        root.Subcommands.Add(publish);
    }

    public (HostOptions? Options, IntegrationConfig? Config, int ExitCode) Load(string[] args)
    {
        root.SetAction(result => Load(result, args, settings => Choose(
            result, settings, result.GetValue(operation) == "publish" ? Path.GetFullPath(result.GetValue(outputPath) ?? Path.Combine(ProjectFolder(AppContext.BaseDirectory), "aspire-output")) : null)));
        publish.SetAction(result => Load(result, args, settings => Publish(result, settings)));
        var parsed = root.Parse(args);
        var code = parsed.Invoke();
        return parsed.Errors.Count > 0 ? (null, null, 2) : code != 0 ? (null, null, code) : loaded;
    }

    private static void NameTheSteps(OptionResult result)
    {
        if (result.GetValueOrDefault<string?>() is { } name and not "publish")
            result.AddError($"This host has no step '{name}': --step publish writes the files, and 'docker compose up -d' or 'kubectl apply -k' in their folder deploys them.");
    }

    private HostOptions Publish(ParseResult result, IntegrationConfig settings)
    {
        var folder = result.GetValue(output);
        var beside = Path.GetDirectoryName(settings.Docker.ComposeFile)!;
        return result.GetValue(target) == "compose"
            ? Choose(result, settings, Path.GetFullPath(folder ?? beside))
            : Choose(result, settings, Directory.CreateTempSubdirectory("nbpy-publish-").FullName) with { KubernetesPath = Path.GetFullPath(folder ?? Path.Combine(beside, "kubernetes")) };
    }

    private HostOptions Choose(ParseResult result, IntegrationConfig settings, string? folder) => new(
        Enum.Parse<SourceKind>(result.GetRequiredValue(source), ignoreCase: true),
        Mode(result.GetValue(influx)) ?? settings.InfluxDb.Mode,
        Mode(result.GetValue(grafana)) ?? settings.Grafana.Mode,
        result.GetValue(exitAfter) is not null,
        folder)
    {
        ExceptionDetails = result.GetValue(exceptionDetails),
        Passed =
        [
            .. result.GetValue(logLevel) is { } level ? (string[])["--log-level", level] : [],
            .. result.GetValue(environment) is { } name ? (string[])["--environment", name] : [],
        ],
    };

    private int Load(ParseResult result, string[] args, Func<IntegrationConfig, HostOptions> choose)
    {
        try
        {
            var settings = ConfigurationLoader.Load(result.GetValue(config));
            var options = choose(settings) with { Arguments = WithoutConfig(args) };
            if (!options.IsPublish && MissingCredentials(settings, options.Source) is { Length: > 0 } missing)
            {
                Console.Error.WriteLine(missing);
                return 2;
            }

            loaded = (options, settings, 0);
            return 0;
        }
        catch (Exception e) when (HostErrors.IsExpected(e))
        {
            HostErrors.Report(e, result.GetValue(exceptionDetails));
            return 2;
        }
    }

    /// <summary>What live data needs and does not have, for every publisher at once; empty when nothing is missing.</summary>
    private static string MissingCredentials(IntegrationConfig settings, SourceKind source)
    {
        var missing = settings.EnabledPublishers.Where(p => p.Project is null && (p.Source ?? source) == SourceKind.Live)
            .Select(p => (p.Name, Variables: KnownClasses.MissingCredentials(p))).Where(m => m.Variables.Count > 0).ToList();
        return missing.Count == 0 ? "" : string.Join(
            Environment.NewLine,
            [
                "Live data needs credentials that are not set; nothing was started:",
                .. missing.Select(m => $"  {m.Name,-24} {string.Join(", ", m.Variables)}"),
                "Set them (or NAME_FILE with a file that holds one), or use --source auto, which takes simulated data where they are missing, simulated or replay.",
            ]);
    }

    private static List<string> WithoutConfig(string[] args)
    {
        var rest = new List<string>();
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i] == "--config")
                i++;
            else if (!args[i].StartsWith("--config=", StringComparison.Ordinal) && !args[i].StartsWith("--config:", StringComparison.Ordinal))
                rest.Add(args[i]);
        }

        return rest;
    }

    /// <summary>Upwards from this program to its project; where it was copied without one, the present folder.</summary>
    internal static string ProjectFolder(string program)
    {
        for (var folder = new DirectoryInfo(program); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Nbpy.AppHost.csproj")))
                return folder.FullName;
        return Environment.CurrentDirectory;
    }

    private static PartMode? Mode(string? text) => text switch
    {
        null => null,
        "viewer" => PartMode.Embedded,
        _ => Enum.Parse<PartMode>(text, ignoreCase: true),
    };
}
