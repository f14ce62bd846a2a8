namespace Nbpy.Configuration.Tests;

internal static class TestFiles
{
    public static string Root { get; } = FindRoot();

    /// <summary>The project's own configuration.</summary>
    public static string Default { get; } = Path.Combine(Root, "integration_config.json");

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Nbpy.sln")))
            folder = folder.Parent;
        return folder.FullName;
    }
}
