"""Where our conversations differ from the reference's on purpose.

A row names cases ("" for all), a pattern for the place of the difference, and the reason. Where it
matters what ours has instead, the row names that too. A difference that no row names fails its
case, and so does a row whose difference nowhere occurs any more.
"""

import dataclasses
import re

ANY = object()


@dataclasses.dataclass(frozen=True)
class Row:
    cases: tuple
    place: re.Pattern
    reason: str
    ours: object = ANY

    def covers(self, case, place, own):
        return (
            (not self.cases or case in self.cases)
            and self.place.fullmatch(place) is not None
            and (self.ours is ANY or self.ours == own)
        )


ROWS = []


def accept(cases, place, reason, ours=ANY):
    ROWS.append(Row(tuple(cases.split()), re.compile(place), reason, ours))


# --- Words of our own ---

OWN_WORDS = "What is written for the model is in our own words."
accept("", r".*/SystemPromptEvent/system_prompt/text", OWN_WORDS)
accept("", r".*/SystemPromptEvent/dynamic_context/text", OWN_WORDS)
accept("", r".*/SystemPromptEvent/tools/.*/description", OWN_WORDS)
accept("", r"/requests/[^/]+/body/tools/.*/description", OWN_WORDS)
accept("", r"/requests/[^/]+/body/(messages/)?system(/content)?/\d/text", OWN_WORDS)
accept("", r"/requests/[^/]+/body/instructions", OWN_WORDS)
accept(
    "a_question_leaves_no_event a_history_is_condensed_on_request",
    r"/requests/[^/]+/body/messages/user/content/0/text",
    OWN_WORDS,
)
OWN_REASONS = "Which argument is wrong, without the words and links of a Python library."
accept("bad_calls_are_answered_by_errors", r".*/AgentErrorEvent.terminal/error", OWN_REASONS)
accept(
    "bad_calls_are_answered_by_errors",
    r"/requests/[^/]+/body/messages/terminal/content/0/text",
    OWN_REASONS,
)
accept(
    "a_model_that_stays_busy_ends_the_run",
    r".*/ConversationErrorEvent/detail",
    "What the provider said, without the names of Python classes before it.",
    '"overloaded"',
)

# --- Requests to the model ---

accept(
    "a_question_leaves_no_event",
    r"/requests/[^/]+/body/tools/[^/]+/function/parameters/properties/security_risk",
    "A question sends the tools as every step does, so that the provider's cache serves it.",
)
NO_GATEWAY = "The provider's own id of the answer; the reference's library makes up another."
accept(
    "the_second_protocol_is_spoken the_third_protocol_is_spoken",
    r".*/(llm_)?response_id",
    NO_GATEWAY,
)
accept(
    "the_third_protocol_is_spoken",
    r".*/reasoning_tokens",
    "The provider does not count them; the reference's library guesses.",
    "0",
)

# --- Frames ---

NO_SECOND_STATE = "One full_state at the end is enough; the reference sends a second one."
accept(
    "an_interrupt_ends_a_command",
    r"/frames\[\]",
    NO_SECOND_STATE,
    None,
)
FEW_SUMS = "Only sums, so that frames stay below the limit of clients; REST has the lists."
accept(
    "",
    r"/frames/ConversationStateUpdateEvent.full_state/value/stats/usage_to_metrics/[^/]+/"
    r"(costs|response_latencies|token_usages|max_budget_per_task)",
    FEW_SUMS,
)
AS_STORED = "A frame is the event as it is stored; the reference sends these before it knows that."
accept("a_hook_blocks_a_tool", r"/frames/(Message|HookExecution)Event[^/]*/parent_id", AS_STORED)
accept(
    "a_hook_blocks_a_tool",
    r".*/HookExecutionEvent/message_id",
    "The id of the message that the hook looked at; the reference's names no event.",
    '"<MessageEvent 1>"',
)
EMPTY_PIECES = "Pieces without any text are not told."
accept("an_answer_is_streamed", r"/frames\[\]", EMPTY_PIECES, None)
accept("an_answer_is_streamed", r"/frames/StreamingDeltaEvent/content", EMPTY_PIECES)

# --- The working directory ---

accept(
    "calls_of_one_answer_keep_their_order",
    r".*/content/0/text",
    "A directory outside the root of workspaces stays as it is; the reference puts a .git into it.",
)
accept(
    "",
    r".*/ObservationEvent.terminal/observation/full_output_save_dir",
    "An absolute path, because the shell and the server are in different directories.",
    '"<base>/workspace/conversations/<conversation>/observations"',
)

# --- A fork ---

KEEPS_KEY = "A fork has the key of its model, and can go on; the reference's has lost it."
accept(
    "a_fork_goes_on_by_itself",
    r"(/frames|/events|/files/events|/requests)\[\]"
    r"|.*/(execution_status|leaf_event_id|api_key|parent_id)"
    r"|.*/ConversationStateUpdateEvent.execution_status/value"
    r"|.*/stats/usage_to_metrics/agent/.*"
    r"|/files/events/.eventlog-len-1[23].marker",
    KEEPS_KEY,
)

# --- On disk ---

accept("", r"/files/events/.actiond-index", "Our index, which is made again where it is missing.")
accept("", r"/files/events/.eventlog.lock", "The lease keeps others away; files need no lock.")
accept("", r"/files/owner_lease.json/owner_pid", "Two processes.")
accept(
    "a_secret_is_exported_and_masked",
    r"/files/meta.json/secrets/OTHER/description",
    "A description that is null may as well be missing.",
    None,
)
accept("", r"/files/meta.json/conversation_id", "The id is in the member `id`, which counts.")
