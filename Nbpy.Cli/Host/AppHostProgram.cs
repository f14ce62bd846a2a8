using System.CommandLine;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Cli.Host;

/// <summary>The app host to start: its project in a clone, or a built one.</summary>
/// <param name="Command">The program.</param>
/// <param name="Arguments">What comes before the host's own arguments.</param>
internal sealed record AppHostProgram(string Command, IReadOnlyList<string> Arguments)
{
    /// <summary>Names it where <c>--app-host</c> does not.</summary>
    public const string Variable = "NBPY_APP_HOST";

    private const string Name = "Nbpy.AppHost";

    /// <summary><c>--app-host</c>.</summary>
    public static Option<string?> Option { get; } = new("--app-host")
    {
        Description = $"The app host: its project's folder or file in a clone, or a built {Name} (default: {Variable}, else the clone around the configuration or the present folder).",
    };

    /// <summary>Finds it: what was named, else in the folders above the configuration, the present folder and this program.</summary>
    /// <param name="config">Whose.</param>
    /// <param name="named"><c>--app-host</c>.</param>
    /// <param name="problem">Why there is none, and the mend.</param>
    public static AppHostProgram? Find(IntegrationConfig config, string? named, out string problem)
    {
        problem = "";
        named = named is { Length: > 0 } ? named : Environment.GetEnvironmentVariable(Variable);
        if (named is { Length: > 0 })
        {
            problem = $"There is no app host at {Path.GetFullPath(named)}. Name the folder of {Name}'s project in a clone, its {Name}.csproj, or a built {Name} or {Name}.dll.";
            return At(Path.GetFullPath(named));
        }

        foreach (var from in (string[])[Path.GetDirectoryName(config.Path)!, Environment.CurrentDirectory, AppContext.BaseDirectory])
            for (var folder = new DirectoryInfo(from); folder is not null; folder = folder.Parent)
                if (AtProject(Path.Combine(folder.FullName, Name)) is { } found)
                    return found;
        problem = $"This command needs NBPY's app host, and there is no clone with {Name} around {config.Path} or the present folder. Name it with --app-host (or {Variable}): the folder of {Name}'s project in a clone, or a built {Name}.";
        return null;
    }

    private static AppHostProgram? At(string path)
    {
        if (Directory.Exists(path))
            return AtProject(path) ?? AtProject(Path.Combine(path, Name)) ?? AtFile(Path.Combine(path, Name)) ?? AtFile(Path.Combine(path, Name + ".dll"));
        return AtFile(path);
    }

    private static AppHostProgram? AtProject(string folder) => File.Exists(Path.Combine(folder, Name + ".csproj")) ? OfProject(folder) : null;

    private static AppHostProgram? AtFile(string path) => !File.Exists(path) ? null : Path.GetExtension(path) switch
    {
        ".csproj" => OfProject(path),
        ".dll" => new AppHostProgram("dotnet", [path]),
        _ => new AppHostProgram(path, []),
    };

    private static AppHostProgram OfProject(string project) => new("dotnet", ["run", "--project", project, "--"]);
}
