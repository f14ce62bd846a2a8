using System.CommandLine;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Cli.Backup;

/// <summary>The embedded store's program: what was named, one published beside this program, or a clone's.</summary>
/// <param name="Command">The program.</param>
/// <param name="Arguments">What comes before the store's own arguments.</param>
internal sealed record EmbeddedProgram(string Command, IReadOnlyList<string> Arguments)
{
    /// <summary>Names it where <c>--store-program</c> does not.</summary>
    public const string Variable = "NBPY_STORE_PROGRAM";

    private const string Name = "Nbpy.EmbeddedInflux";

    /// <summary><c>--store-program</c>.</summary>
    public static Option<string?> Option() => new("--store-program")
    {
        Description = $"The embedded store's program, which counts the copy: {Name}, {Name}.dll or their folder (default: {Variable}, else one published beside nbpy, else the clone's). Not needed for InfluxDB.",
    };

    /// <summary>Finds it.</summary>
    /// <param name="config">A clone may lie around it.</param>
    /// <param name="named"><c>--store-program</c>.</param>
    /// <exception cref="IOException">There is none; the message says what was looked at and the mend.</exception>
    public static EmbeddedProgram Find(IntegrationConfig config, string? named)
    {
        named = named is { Length: > 0 } ? named : Environment.GetEnvironmentVariable(Variable);
        if (named is { Length: > 0 })
            return At(Path.GetFullPath(named)) ?? throw new IOException($"There is no embedded store's program at {Path.GetFullPath(named)}. Name {Name}, {Name}.dll, or the folder that holds one.");

        // Published programs lie in one folder, or each in one of its own side by side.
        var own = AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar);
        foreach (var folder in (string[])[own, Path.Combine(Path.GetDirectoryName(own) ?? own, Name)])
            if (Built(folder) is { } published)
                return published;
        foreach (var from in (string[])[Path.GetDirectoryName(config.Path)!, own, Environment.CurrentDirectory])
            for (var folder = new DirectoryInfo(from); folder is not null; folder = folder.Parent)
                if (At(Path.Combine(folder.FullName, Name)) is { } found)
                    return found;
        throw new IOException(
            $"This needs the embedded store's program ({Name}), and there is none beside nbpy ({own}) and no clone around {config.Path} or the present folder. Name it with --store-program or {Variable}.");
    }

    private static EmbeddedProgram? At(string path)
    {
        if (File.Exists(path))
            return Path.GetExtension(path) == ".dll" ? new EmbeddedProgram("dotnet", [path]) : new EmbeddedProgram(path, []);
        if (Built(path) is { } built)
            return built;
        if (!File.Exists(Path.Combine(path, Name + ".csproj")))
            return null;

        // As the app host's build left it, in the configuration of this program; else dotnet builds it.
        var own = AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar).Split(Path.DirectorySeparatorChar);
        return (own.Length > 1 ? Built(Path.Combine(path, "bin", own[^2], own[^1])) : null) ?? new EmbeddedProgram("dotnet", ["run", "--project", path, "--"]);
    }

    private static EmbeddedProgram? Built(string folder)
    {
        var program = Path.Combine(folder, OperatingSystem.IsWindows() ? Name + ".exe" : Name);
        if (File.Exists(program))
            return new EmbeddedProgram(program, []);
        var library = Path.Combine(folder, Name + ".dll");
        return File.Exists(library) ? new EmbeddedProgram("dotnet", [library]) : null;
    }
}
