using System.Text.RegularExpressions;

namespace Nbpy.Containers.Tests;

/// <summary>Images in a registry: pushed by the script and made by the SDK, and the published folder that names them by their digests.</summary>
[Collection(OneEngine.Name)]
public sealed class RegistryTests(Images images, Registry registry) : IClassFixture<Registry>, IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private readonly string folder = Directory.CreateTempSubdirectory("nbpy-pushed-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task What_is_pushed_is_listed_by_its_digest_and_named_by_it_in_what_was_published()
    {
        images.SkipWithoutEngine();
        registry.SkipWhereMissing();
        var (compose, kubernetes) = (Path.Combine(folder, "compose"), Path.Combine(folder, "kubernetes"));
        await PublishAsync("-o", compose);
        await PublishAsync("--target", "kubernetes", "-o", kubernetes);
        var image = $"{registry.Address}/nbpy/publishers";
        try
        {
            var list = await ScriptAsync("--push", "--write", compose);
            var digest = await registry.DigestAsync("nbpy/publishers", Images.Version);
            Assert.Matches($@"^{Regex.Escape(image)}:{Regex.Escape(Images.Version)}  id sha256:[0-9a-f]{{64}}  digest {digest}  \d+ bytes\n", list);
            Assert.Matches(@"\ninfluxdb:1.8  (not in this engine|id sha256:\S+  digest \S+  \d+ bytes)\n", list);
            Assert.Equal(list, await File.ReadAllTextAsync(Path.Combine(compose, "images.txt"), TestContext.Current.CancellationToken));

            // Compose starts, and pulls, that very image for every publisher and leaves the others as they were.
            await Shell.MustAsync(folder, Limit, "docker", "image", "rm", $"{image}:{Images.Version}");
            await Shell.MustAsync(compose, Limit, "docker-compose", "pull", "--quiet", "kraken-tick", "twitter-sentiment");
            var started = await Shell.MustAsync(compose, Limit, "docker-compose", "config");
            Assert.Equal(7, Regex.Count(started, $"image: {Regex.Escape(image)}@{digest}\n"));
            Assert.Contains($"image: nbpy/subscribers:{Images.Version}\n", started, StringComparison.Ordinal);
            var env = await File.ReadAllLinesAsync(Path.Combine(compose, ".env"), TestContext.Current.CancellationToken);
            Assert.Single(env, l => l.StartsWith("KRAKEN_TICK_IMAGE=", StringComparison.Ordinal));

            await ScriptAsync("--push", "--write", kubernetes);
            Assert.Contains(
                $"  - name: nbpy/publishers\n    newName: {image}\n    digest: {digest}\n", await File.ReadAllTextAsync(Path.Combine(kubernetes, "kustomization.yaml"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }
        finally
        {
            await RemoveAsync(image);
        }
    }

    [Fact]
    public async Task The_SDK_makes_the_image_and_says_its_digest()
    {
        images.SkipWithoutEngine();
        registry.SkipWhereMissing();
        var (image, runtime) = ($"{registry.Address}/nbpy/publishers", $"{registry.Address}/runtime-deps:10.0");
        try
        {
            await Shell.MustAsync(folder, Limit, "docker", "tag", Images.Base, runtime);
            await Shell.MustAsync(folder, Limit, "docker", "push", "--quiet", runtime);

            // As documented, but for the base image and what CI has no time for; with what the other images were built of.
            var output = await Shell.MustAsync(
                Shell.Root, TimeSpan.FromMinutes(10), "dotnet", "publish", "Nbpy.Publishers", "-c", "Release", "-r", "linux-x64", "-p:SelfContained=true", "-p:NbpyImage=true", "-t:PublishContainer",
                $"-p:ContainerRegistry={registry.Address}", $"-p:ContainerBaseImage={runtime}", "-p:PublishReadyToRun=false", "-p:RunAnalyzers=false", $"-p:ArtifactsPath={images.Artifacts}");
            var digest = await registry.DigestAsync("nbpy/publishers", Images.Version);
            Assert.Contains($"{image}:{Images.Version}  digest {digest}", output, StringComparison.Ordinal);

            await Shell.MustAsync(folder, Limit, "docker", "pull", "--quiet", $"{image}@{digest}");
            var config = await Shell.MustAsync(folder, Limit, "docker", "image", "inspect", "--format", "{{.Config.User}} {{.Config.Entrypoint}} {{.Config.Cmd}} {{.Size}}", $"{image}@{digest}");
            Assert.StartsWith("1654 [/app/program] [] ", config, StringComparison.Ordinal);
            Assert.InRange(long.Parse(config.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture), 1_000_000, 120_000_000);
            var version = await Shell.MustAsync(folder, Limit, "docker", "run", "--rm", "--network", "none", "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", $"{image}@{digest}", "--version");
            Assert.StartsWith(Images.Version, version, StringComparison.Ordinal);
        }
        finally
        {
            await RemoveAsync(image);
            await RemoveAsync($"{registry.Address}/runtime-deps");
        }
    }

    private static Task<string> PublishAsync(params string[] args)
    {
        var configuration = AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";
        return Shell.MustAsync(Shell.Root, Limit, Path.Combine(Shell.Root, "Nbpy.AppHost", "bin", configuration, "net10.0", "Nbpy.AppHost"), ["publish", .. args]);
    }

    private Task<string> ScriptAsync(params string[] args) =>
        Shell.MustAsync(Shell.Root, Limit, Path.Combine(Shell.Root, "docker", "build-images.sh"), ["--built", "--registry", registry.Address, .. args, "Nbpy.Publishers"]);

    /// <summary>All that this engine has of a repository.</summary>
    private Task<(int ExitCode, string Output)> RemoveAsync(string repository) =>
        Shell.RunAsync(folder, Limit, "sh", "-c", $"docker images --no-trunc --format '{{{{.Repository}}}}@{{{{.Digest}}}}' {repository} | xargs -r docker image rm --force; docker images --format '{{{{.Repository}}}}:{{{{.Tag}}}}' {repository} | grep -v none | xargs -r docker image rm --force");
}
