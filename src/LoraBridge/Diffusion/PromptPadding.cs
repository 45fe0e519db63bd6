namespace LoraBridge.Diffusion;

/// <summary>What is done so that a prompt and a negative prompt of different length can share a call of the network.</summary>
public enum PromptPadding
{
    /// <summary>Nothing: they have calls of their own.</summary>
    None,

    /// <summary>The shorter is followed by the empty prompt's text embeddings.</summary>
    EmptyPrompt,

    /// <summary>A shorter negative prompt repeats its last row, a longer one loses rows: what the WebUI did at first.</summary>
    LastRow,
}
