using LoraBridge.Server.Sdapi.Files;
using LoraBridge.Server.Sdapi.Settings;
using LoraBridge.Server.Sdapi.Wire;

namespace LoraBridge.Server.Sdapi.Endpoints;

/// <summary>Lists the WebUI's extensions.</summary>
internal static class ExtensionsApi
{
    public static void MapExtensions(this RouteGroupBuilder routes) =>
        routes.MapGet("/extensions", Get).WithName("SdapiExtensions").WithSummary("List the WebUI's extensions that are git clones").WithTags("Listings");

    private static JsonAnswer Get(ModelFolders folders, OptionsStore store)
    {
        var options = store.Current;
        var disabled = options.Texts("disabled_extensions");
        var on = options.Text("disable_all_extensions") == "none";
        return new(GitClone.Below(folders.Extensions).Select(clone => new
        {
            clone.Name,
            clone.Remote,
            clone.Branch,
            CommitHash = clone.Commit,
            Version = clone.Commit.Length >= 8 ? clone.Commit[..8] : "",
            CommitDate = clone.Date,
            Enabled = on && !disabled.Contains(clone.Name),
        }));
    }
}
