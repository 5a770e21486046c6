//! What a column may mean, and the headers under which it is known.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::domain::EventKind;

/// What a column means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Who calls, pays, logs in or moves.
    From,
    /// Who is called or paid; what is logged in to; where somebody is.
    To,
    /// The number or account whose records these are, where the table has a direction.
    Own,
    /// The other side, where the table has a direction.
    Other,
    /// Which way it went, seen from `own`.
    Direction,
    /// When it began.
    At,
    /// The day that it began, where the time of day stands in `time_of_day`.
    Date,
    /// The time of day, where the day stands in `date`.
    TimeOfDay,
    /// How long it took.
    Duration,
    /// Handset, by IMEI.
    Device,
    /// Card in the handset, by IMSI.
    Subscriber,
    /// Area of the cell, put before it.
    Area,
    /// Cell.
    Cell,
    /// Place.
    Place,
    /// Address in a network.
    Network,
    /// App.
    App,
    /// Bank or operator.
    Organisation,
    /// Name of whom `from` belongs to.
    FromName,
    /// Name of whom `to` belongs to.
    ToName,
    /// Name of whom `own` belongs to.
    OwnName,
    /// Name of whom `other` belongs to.
    OtherName,
    /// Money.
    Amount,
    /// Its currency.
    Currency,
    /// Number that the bank or operator gave it.
    Reference,
}

impl Field {
    /// Every field.
    pub const ALL: [Self; 24] = [
        Self::From,
        Self::To,
        Self::Own,
        Self::Other,
        Self::Direction,
        Self::At,
        Self::Date,
        Self::TimeOfDay,
        Self::Duration,
        Self::Device,
        Self::Subscriber,
        Self::Area,
        Self::Cell,
        Self::Place,
        Self::Network,
        Self::App,
        Self::Organisation,
        Self::FromName,
        Self::ToName,
        Self::OwnName,
        Self::OtherName,
        Self::Amount,
        Self::Currency,
        Self::Reference,
    ];

    /// The name in a mapping.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::From => "from",
            Self::To => "to",
            Self::Own => "own",
            Self::Other => "other",
            Self::Direction => "direction",
            Self::At => "at",
            Self::Date => "date",
            Self::TimeOfDay => "time_of_day",
            Self::Duration => "duration",
            Self::Device => "device",
            Self::Subscriber => "subscriber",
            Self::Area => "area",
            Self::Cell => "cell",
            Self::Place => "place",
            Self::Network => "network",
            Self::App => "app",
            Self::Organisation => "organisation",
            Self::FromName => "from_name",
            Self::ToName => "to_name",
            Self::OwnName => "own_name",
            Self::OtherName => "other_name",
            Self::Amount => "amount",
            Self::Currency => "currency",
            Self::Reference => "reference",
        }
    }

    /// Whether a table of this kind may have it.
    pub const fn is_of(self, kind: EventKind) -> bool {
        match self {
            Self::From | Self::To | Self::At | Self::Date | Self::TimeOfDay | Self::Reference => {
                true
            }
            Self::Device | Self::Network | Self::App => true,
            Self::Own | Self::Other | Self::Direction => {
                matches!(kind, EventKind::Call | EventKind::Transfer)
            }
            Self::Duration => !matches!(kind, EventKind::Transfer),
            Self::Subscriber | Self::Area | Self::Cell => {
                matches!(kind, EventKind::Call | EventKind::Movement)
            }
            Self::Place => !matches!(kind, EventKind::Transfer),
            Self::Organisation | Self::FromName => true,
            Self::ToName | Self::OwnName | Self::OtherName => {
                matches!(kind, EventKind::Call | EventKind::Transfer)
            }
            Self::Amount | Self::Currency => matches!(kind, EventKind::Transfer),
        }
    }

    /// Headers under which operators, banks and platforms have it, folded, the likeliest first.
    pub const fn headers(self, kind: EventKind) -> &'static [&'static str] {
        match (self, kind) {
            (Self::From, EventKind::Call) => &[
                "主叫号码",
                "主叫",
                "主叫电话",
                "主叫电话号码",
                "calling number",
                "calling_number",
                "caller",
                "caller number",
                "a_number",
                "a-number",
                "a number",
                "from",
            ],
            (Self::To, EventKind::Call) => &[
                "被叫号码",
                "被叫",
                "被叫电话",
                "被叫电话号码",
                "called number",
                "called_number",
                "callee",
                "callee number",
                "b_number",
                "b-number",
                "b number",
                "to",
            ],
            (Self::From, EventKind::Transfer) => &[
                "付款账号",
                "付款账户",
                "付款方账号",
                "付款人账号",
                "付款卡号",
                "转出账号",
                "转出卡号",
                "汇款账号",
                "payer account",
                "payer_account",
                "from account",
                "from_account",
                "payer",
                "from",
            ],
            (Self::To, EventKind::Transfer) => &[
                "收款账号",
                "收款账户",
                "收款方账号",
                "收款人账号",
                "收款卡号",
                "转入账号",
                "转入卡号",
                "payee account",
                "payee_account",
                "to account",
                "to_account",
                "payee",
                "to",
            ],
            (Self::From, EventKind::Login) => &[
                "账号",
                "账户",
                "登录账号",
                "登陆账号",
                "用户名",
                "用户账号",
                "用户id",
                "account",
                "username",
                "user name",
                "user",
                "user_id",
                "login",
                "from",
            ],
            (Self::To, EventKind::Login) => &[
                "平台",
                "登录平台",
                "网站",
                "应用",
                "应用名称",
                "app名称",
                "platform",
                "service",
                "site",
                "app",
                "to",
            ],
            (Self::From, EventKind::Movement) => &[
                "手机号码",
                "手机号",
                "电话号码",
                "用户号码",
                "号码",
                "phone",
                "phone number",
                "phone_number",
                "number",
                "msisdn",
                "from",
            ],
            (Self::To, EventKind::Movement) => &[
                "基站",
                "基站编号",
                "基站小区",
                "小区编号",
                "小区号",
                "cell id",
                "cell_id",
                "cell",
                "地点",
                "位置",
                "place",
                "location",
                "to",
            ],
            (Self::Own, EventKind::Call) => &[
                "本机号码",
                "本方号码",
                "己方号码",
                "用户号码",
                "own number",
                "own_number",
                "subscriber number",
            ],
            (Self::Own, _) => &[
                "交易卡号",
                "交易账号",
                "本方账号",
                "本方卡号",
                "账号",
                "卡号",
                "own account",
                "own_account",
                "account",
            ],
            (Self::Other, EventKind::Call) => &[
                "对方号码",
                "对端号码",
                "other number",
                "other_number",
                "other party",
                "counterparty",
            ],
            (Self::Other, _) => &[
                "交易对手账卡号",
                "交易对手账号",
                "对手账号",
                "对方账号",
                "对方账户",
                "对方卡号",
                "counterparty account",
                "counterparty_account",
                "counterparty",
            ],
            (Self::Direction, EventKind::Call) => &[
                "呼叫类型",
                "通话类型",
                "呼叫方向",
                "主被叫",
                "call type",
                "call_type",
                "direction",
            ],
            (Self::Direction, _) => &[
                "借贷标志",
                "收付标志",
                "收支",
                "收/支",
                "借贷",
                "进出",
                "debit/credit",
                "dr/cr",
                "direction",
            ],
            (Self::At, EventKind::Call) => &[
                "通话开始时间",
                "开始时间",
                "起始时间",
                "通话时间",
                "呼叫时间",
                "start time",
                "start_time",
                "started_at",
                "call time",
                "call_time",
                "time",
                "at",
                "时间",
            ],
            (Self::At, EventKind::Transfer) => &[
                "交易时间",
                "交易日期时间",
                "转账时间",
                "交易发生时间",
                "transaction time",
                "transaction_time",
                "timestamp",
                "time",
                "at",
                "时间",
            ],
            (Self::At, EventKind::Login) => &[
                "登录时间",
                "登陆时间",
                "login time",
                "login_time",
                "timestamp",
                "time",
                "at",
                "时间",
            ],
            (Self::At, EventKind::Movement) => &[
                "开始时间",
                "起始时间",
                "到达时间",
                "上报时间",
                "start time",
                "start_time",
                "timestamp",
                "time",
                "at",
                "时间",
            ],
            (Self::Date, _) => &["交易日期", "通话日期", "日期", "date"],
            (Self::TimeOfDay, _) => &["时刻", "time of day", "time_of_day"],
            (Self::Duration, _) => &[
                "通话时长",
                "通话时长(秒)",
                "时长",
                "时长(秒)",
                "通话时长（秒）",
                "停留时长",
                "duration",
                "duration (s)",
                "duration_s",
                "seconds",
            ],
            (Self::Device, _) => &[
                "imei",
                "imei号",
                "设备号",
                "终端串号",
                "设备id",
                "device",
                "device id",
                "device_id",
            ],
            (Self::Subscriber, _) => &["imsi", "imsi号"],
            (Self::Area, _) => &["lac", "位置区", "位置区码", "tac"],
            (Self::Cell, _) => &[
                "ci",
                "小区",
                "小区号",
                "基站",
                "基站编号",
                "cell id",
                "cell_id",
                "cell",
                "eci",
            ],
            (Self::Place, _) => &[
                "通话地点",
                "通话地",
                "地点",
                "归属地",
                "位置",
                "登录地点",
                "place",
                "location",
            ],
            (Self::Network, _) => &[
                "ip",
                "ip地址",
                "登录ip",
                "交易ip",
                "ip address",
                "ip_address",
            ],
            (Self::App, _) => &["应用", "app", "软件"],
            (Self::Organisation, _) => &[
                "开户行",
                "开户银行",
                "银行名称",
                "机构名称",
                "运营商",
                "bank",
                "operator",
                "carrier",
            ],
            (Self::FromName, EventKind::Transfer) => &[
                "付款户名",
                "付款人",
                "付款人姓名",
                "付款方户名",
                "payer name",
                "payer_name",
                "from_name",
            ],
            (Self::FromName, _) => &[
                "主叫姓名",
                "姓名",
                "户名",
                "caller name",
                "name",
                "from_name",
            ],
            (Self::ToName, EventKind::Transfer) => &[
                "收款户名",
                "收款人",
                "收款人姓名",
                "收款方户名",
                "payee name",
                "payee_name",
                "to_name",
            ],
            (Self::ToName, _) => &["被叫姓名", "callee name", "to_name"],
            (Self::OwnName, _) => &["交易户名", "本方户名", "账户名称", "own name", "own_name"],
            (Self::OtherName, _) => &[
                "对手户名",
                "对方户名",
                "对方名称",
                "交易对手户名",
                "counterparty name",
                "counterparty_name",
            ],
            (Self::Amount, _) => &["交易金额", "金额", "转账金额", "发生额", "amount"],
            (Self::Currency, _) => &["币种", "交易币种", "currency"],
            (Self::Reference, _) => &[
                "交易流水号",
                "流水号",
                "交易号",
                "话单编号",
                "reference",
                "transaction id",
                "transaction_id",
            ],
        }
    }
}

impl FromStr for Field {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|field| field.as_str() == text)
            .ok_or_else(|| {
                let known = Self::ALL.map(Self::as_str).join(", ");
                format!("field {text:?} is unknown, expected one of {known}")
            })
    }
}
