namespace Nbpy.Containers.Tests;

/// <summary>A Docker engine with the project's images and the stand-ins for base images, built once for all tests.</summary>
public sealed class Images : IAsyncLifetime
{
    /// <summary>Where .NET programs' images begin.</summary>
    public const string Base = "nbpy-test/runtime-deps:latest";

    private static readonly TimeSpan BuildLimit = TimeSpan.FromMinutes(25);
    private string? missing;

    /// <summary>What was built on the way (<c>NBPY_ARTIFACTS</c>), for whoever builds once more.</summary>
    public string Artifacts { get; } = Directory.CreateTempSubdirectory("nbpy-images-").FullName;

    /// <summary>What <c>docker/build-images.sh</c> printed: name, id, digest and size of every image.</summary>
    public string List { get; private set; } = "";

    /// <summary>The version that the images are tagged with.</summary>
    public static string Version { get; } = System.Xml.Linq.XDocument.Load(Path.Combine(Shell.Root, "Directory.Build.props")).Descendants("Version").Single().Value;

    /// <summary>Skips the test where there is no engine, by name of what is missing.</summary>
    public void SkipWithoutEngine() => Assert.SkipWhen(missing is not null, missing ?? "");

    public async ValueTask InitializeAsync()
    {
        foreach (var program in (string[])["docker", "docker-compose", "influxd", "influx", "busybox", "curl", "nsenter"])
            if (Shell.Find(program) is null)
                missing ??= $"{program} is not installed.";
        if (missing is null && (await Shell.RunAsync(Shell.Root, TimeSpan.FromSeconds(20), "docker", "info")).ExitCode != 0)
            missing = "No Docker engine answers (docker info).";
        if (missing is not null)
            return;
        var tests = Path.Combine(Shell.Root, "tests", "Nbpy.Containers.Tests", "images");
        await Shell.MustAsync(tests, TimeSpan.FromMinutes(2), Path.Combine(tests, "make-base.sh"));
        var script = Path.Combine(Shell.Root, "docker", "build-images.sh");
        if (Environment.GetEnvironmentVariable("NBPY_TEST_IMAGES") == "present")
        {
            // For work on the tests: the images of an earlier run.
            List = await Shell.MustAsync(Shell.Root, TimeSpan.FromSeconds(20), script, "--built");
            return;
        }

        // Without machine code, which takes half of the time; NBPY_TEST_IMAGES=release builds what is released.
        var readyToRun = Environment.GetEnvironmentVariable("NBPY_TEST_IMAGES") == "release" ? "true" : "false";
        List = await Shell.MustAsync(
            Shell.Root, BuildLimit, "env", $"NBPY_READY_TO_RUN={readyToRun}", $"NBPY_ARTIFACTS={Artifacts}", script, "--prebuilt", "--runtime-image", Base);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(Artifacts, recursive: true);
        return ValueTask.CompletedTask;
    }
}
