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

    /// <summary>The arguments that this host was started with, without <c>--config</c>: a restart of the whole gives them again.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Errors with where they happened.</summary>
    public bool ExceptionDetails { get; init; }

    /// <summary>Words of Aspire's command line that the builder takes as configuration.</summary>
    public IReadOnlyList<string> Passed { get; init; } = [];

    /// <summary>What the application builder is given: in publish mode the words that Aspire's own command line uses.</summary>
    public string[] BuilderArguments =>
        OutputPath is null ? [.. Passed] : ["--operation", "publish", "--step", "publish", "--output-path", OutputPath, .. Passed];

    /// <summary>Parses the arguments and loads the configuration they name.</summary>
    /// <returns>Options and configuration, or nothing and the exit code: 0 after <c>--help</c>, 2 after an error, which is printed.</returns>
    public static (HostOptions? Options, IntegrationConfig? Config, int ExitCode) Load(string[] args) => new HostCommandLine().Load(args);
}
